// What is added to a header, what is taken out, and that twice is once.
import MailCore
import Testing

struct PreparationTests {
    static let envelope = Envelope(
        reversePath: .address(EmailAddress(localPart: "www-data", domain: nil)),
        recipients: [EmailAddress(localPart: "x", domain: "y.test")])
    static let preparation = Preparation(
        date: DateTime(secondsSinceEpoch: 1_795_229_095), domain: "mail.example", uniqueToken: "20261121.abc")

    @Test func addsWhatIsMissingBelow() {
        #expect(
            prepared("To: x@y.test", "Subject: hi") == [
                "To: x@y.test", "Subject: hi", "Date: Sat, 21 Nov 2026 02:44:55 +0000",
                "From: www-data@mail.example", "Message-ID: <20261121.abc@mail.example>",
            ])
    }

    @Test(arguments: [
        (Preparation.ToRule.on, "To: a@x.test,\r\n b@y.test"),
        (.undisclosedRecipients, "To: undisclosed-recipients:;"),
    ])
    func replacesRecipients(_ rule: Preparation.ToRule, _ to: String) throws {
        var preparation = Self.preparation
        (preparation.setsTo, preparation.addsDate, preparation.addsMessageID) = (rule, false, false)
        preparation.setsFrom = .off
        preparation.removesBcc = false
        let addresses = try AddressList(parsing: "a@x.test, b@y.test".utf8).addresses
        let envelope = Envelope(reversePath: .null, recipients: addresses)
        func prepared(_ lines: String...) -> [String] {
            let once = preparation.prepared(
                MessageHeader(
                    fields: lines.map { line in
                        let parts = line.split(separator: ": ", maxSplits: 1).map(String.init)
                        return HeaderField(name: parts[0], value: parts[1])
                    }), for: envelope)
            #expect(preparation.prepared(once, for: envelope) == once)
            return once.fields.map { String(decoding: $0.bytes, as: UTF8.self) }
        }
        #expect(
            prepared("Subject: s", "Cc: c@z.test", "X: 1", "To: a@x.test", "bcc: d@z.test") == [
                "Subject: s", to, "X: 1",
            ])
        #expect(prepared("Subject: s") == ["Subject: s", to])
        // In a resent message the author's own fields stay.
        #expect(
            prepared("Resent-Date: d", "Resent-Cc: c@z.test", "Resent-To: a@x.test", "To: o@z.test") == [
                "Resent-Date: d", "Resent-\(to)", "To: o@z.test",
            ])
    }

    @Test func obeysItsFlags() {
        var preparation = Self.preparation
        preparation.setsFrom = .off
        preparation.addsDate = false
        preparation.addsMessageID = false
        preparation.removesBcc = false
        #expect(prepared("Bcc: a@b", with: preparation) == ["Bcc: a@b"])
        preparation.setsFrom = .on
        preparation.fullName = "Web Server"
        #expect(
            prepared("A: b", "From: x@y", "C: d", "From: z@y", with: preparation) == [
                "A: b", "From: Web Server <www-data@mail.example>", "C: d",
            ])
    }

    @Test func namesTheNullSender() {
        let header = Self.preparation.prepared(
            header("A: b"), for: Envelope(reversePath: .null, recipients: []))
        #expect(header.first(named: "From").map { text($0.bytes) } == "From: MAILER-DAEMON@mail.example")
    }

    @Test(
        "the full name in an added From",
        arguments: [
            ("John Doe", "From: John Doe <www-data@mail.example>"),
            ("Doe, John", "From: \"Doe, John\" <www-data@mail.example>"),
            ("J. \"X\" \\ Doe", "From: \"J. \\\"X\\\" \\\\ Doe\" <www-data@mail.example>"),
            ("René", "From: =?UTF-8?B?UmVuw6k=?= <www-data@mail.example>"),
            ("René from Quebec", "From: =?UTF-8?Q?Ren=C3=A9_from_Quebec?= <www-data@mail.example>"),
            ("=?x?q?y?=", "From: \"=?x?q?y?=\" <www-data@mail.example>"),
            ("A\r\nBcc: b@c", "From: \"A Bcc: b@c\" <www-data@mail.example>"),
            ("", "From: www-data@mail.example"),
            (" \r\n", "From: www-data@mail.example"),
        ])
    func writesFullNames(name: String, expected: String) throws {
        var preparation = Self.preparation
        preparation.fullName = name
        #expect(prepared("A: b", with: preparation)[2] == expected)
    }

    @Test(
        "long names are folded and read back the same",
        arguments: [
            String(repeating: "Long Name ", count: 20), String(repeating: "Long, Name ", count: 20),
            String(repeating: "Ünicödé ", count: 20), String(repeating: "點看", count: 40),
            "\u{1F4E7}\u{1F4E7}",
        ])
    func foldsLongNames(name: String) throws {
        var preparation = Self.preparation
        preparation.fullName = name
        let field = try #require(
            preparation.prepared(header("A: b"), for: Self.envelope).first(named: "From"))
        for line in text(field.bytes).split(separator: "\r\n") { #expect(line.utf8.count <= 78) }
        #expect(field.bytes.allSatisfy { $0 < 0x80 })
        let mailbox = try #require(try AddressList(parsing: field.value).mailboxes.first)
        #expect(mailbox.displayName == name.split(separator: " ").joined(separator: " "))
        #expect(mailbox.address.description == "www-data@mail.example")
    }

    @Test(
        "stray control characters cannot begin a field",
        arguments: ["\r", "\n", "\0", "\r\r\n ", "\n ", "\u{1B}"])
    func neutralizesInjection(stray: String) {
        let result = prepared("Subject: hi\(stray)Bcc: v@x.test")[0]
        #expect(result.hasPrefix("Subject: hi "))
        #expect(result.hasSuffix("Bcc: v@x.test"))
        let folds = result.replacing("\r\n ", with: "").replacing("\r\n\t", with: "")
        #expect(folds.unicodeScalars.allSatisfy { $0.value >= 0x20 })
    }

    @Test func keepsAMessageIDInShape() {
        var preparation = Self.preparation
        preparation.uniqueToken = "a b>\r\n"
        #expect(prepared("A: b", with: preparation).last == "Message-ID: <a-b---@mail.example>")
    }

    @Test(
        "names in address fields get the domain, and nothing else changes",
        arguments: [
            ("To: root", "To: root@q.test"),
            ("to:root,\r\n www (x) , a@b", "to:root@q.test,\r\n www@q.test (x) , a@b"),
            ("From: \"R\" <root>", "From: \"R\" <root@q.test>"),
            ("Cc: G: a, \"b c\";", "Cc: G: a@q.test, \"b c\"@q.test;"),
            ("Resent-Sender: a", "Resent-Sender: a@q.test"), ("To: John Doe", "To: John Doe"),
            ("X-To: root", "X-To: root"),
            ("Reply-To : a . b", "Reply-To : a . b@q.test"), ("To:", "To:"),
        ])
    func qualifiesNames(field: String, expected: String) {
        var preparation = Self.preparation
        preparation.qualifyDomain = "q.test"
        preparation.setsFrom = .off
        #expect(prepared(field, with: preparation)[0] == expected)
    }

    @Test func leavesOneOfManyBlankFields() {
        let fields = Array(repeating: "Date:", count: 50_000).compactMap { HeaderField(bytes: $0.utf8) }
        let prepared = Self.preparation.prepared(MessageHeader(fields: fields), for: Self.envelope)
        #expect(prepared.fields.count == 3)
        let full = MessageHeader(fields: fields + [HeaderField(name: "Date", value: "x")] + fields)
        let kept = Self.preparation.prepared(full, for: Self.envelope).fields(named: "Date")
        #expect(kept.map { text($0.bytes) } == ["Date: x"])
    }

    @Test("preparing twice changes nothing", arguments: UInt64(1)...80)
    func isIdempotent(seed: UInt64) {
        var generator = SeededGenerator(state: seed)
        let lines = [
            "Date:", "Date: x", "From: ", "From: root", "Message-ID:\r\n ", "Bcc: a", "Resent-Bcc: b",
            "To: a\rb",
            "Resent-To: c, \"d\"", "Resent-From:", "Resent-Date: x", "Received: x", "Subject: a\0\u{1}\r\n b",
        ]
        for _ in 0..<50 {
            let chosen = (0..<Int.random(in: 0...9, using: &generator)).compactMap { _ in
                lines.randomElement(using: &generator)
            }
            var preparation = Self.preparation
            preparation.setsFrom = [.auto, .on, .off].randomElement(using: &generator) ?? .auto
            preparation.qualifyDomain = Bool.random(using: &generator) ? "q.test" : nil
            let before = MessageHeader(fields: chosen.compactMap { HeaderField(bytes: $0.utf8) })
            let once = preparation.prepared(before, for: Self.envelope)
            #expect(preparation.prepared(once, for: Self.envelope) == once)
            #expect(once.fields(named: "Bcc").isEmpty && once.fields(named: "Resent-Bcc").isEmpty)
        }
    }

    private func prepared(_ lines: String..., with preparation: Preparation = Self.preparation) -> [String] {
        let fields = lines.compactMap { HeaderField(bytes: $0.utf8) }
        return preparation.prepared(MessageHeader(fields: fields), for: Self.envelope).fields.map {
            text($0.bytes)
        }
    }
}

struct Base64Tests {
    /// RFC 4648 10.
    static let vectors = [
        ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
        ("foobar", "Zm9vYmFy"),
    ]

    @Test(arguments: vectors)
    func agreesWithTheRFC(plain: String, encoded: String) {
        #expect(text(Base64.encode(plain.utf8)) == encoded)
        #expect(Base64.decode(encoded.utf8) == bytes(plain))
        #expect(Base64.decode(encoded.utf8.filter { $0 != UInt8(ascii: "=") }) == bytes(plain))
    }

    @Test(arguments: ["Z", "Zm9vY", "Zm 9v", "Zm9v\r\n", "Zg===", "=", "Z=g=", "Zm9v_w=="])
    func refusesOtherText(text: String) { #expect(Base64.decode(text.utf8) == nil) }
}
