// Addresses as RFC 5322 writes them and as programs do, and what is wrong with those that are none.
import MailCore
import Testing

struct AddressListTests {
    /// RFC 5322, appendix A, by section; the last of the rows are forms that programs write.
    static let good: [(text: String, addresses: [String], names: [String])] = [
        // A.1.1
        ("John Doe <jdoe@machine.example>", ["jdoe@machine.example"], ["John Doe"]),
        ("Michael Jones <mjones@machine.example>", ["mjones@machine.example"], ["Michael Jones"]),
        // A.1.2
        ("\"Joe Q. Public\" <john.q.public@example.com>", ["john.q.public@example.com"], ["Joe Q. Public"]),
        (
            "Mary Smith <mary@x.test>, jdoe@example.org, Who? <one@y.test>",
            ["mary@x.test", "jdoe@example.org", "one@y.test"], ["Mary Smith", "", "Who?"]
        ),
        (
            "<boss@nil.test>, \"Giant; \\\"Big\\\" Box\" <sysservices@example.net>",
            ["boss@nil.test", "sysservices@example.net"], ["", "Giant; \"Big\" Box"]
        ),
        // A.1.3
        (
            "A Group:Ed Jones <c@a.test>,joe@where.test,John <jdoe@one.test>;",
            ["c@a.test", "joe@where.test", "jdoe@one.test"], ["Ed Jones", "", "John"]
        ),
        ("Undisclosed recipients:;", [], []),
        // A.5
        (
            "Pete(A nice \\) chap) <pete(his account)@silly.test(his host)>", ["pete@silly.test"], ["Pete"]
        ),
        (
            "A Group(Some people)\r\n     :Chris Jones <c@(Chris's host.)public.example>,\r\n"
                + "         joe@example.org,\r\n  John <jdoe@one.test> (my dear friend); (the end of the group)",
            ["c@public.example", "joe@example.org", "jdoe@one.test"], ["Chris Jones", "", "John"]
        ),
        ("(Empty list)(start)Hidden recipients  :(nobody(that I know))  ;", [], []),
        // A.6.1, A.6.3
        ("Joe Q. Public <john.q.public@example.com>", ["john.q.public@example.com"], ["Joe Q. Public"]),
        (
            "Mary Smith <@node.test:mary@example.net>, , jdoe@test  . example",
            ["mary@example.net", "jdoe@test.example"], ["Mary Smith", ""]
        ),
        ("John Doe <jdoe@machine(comment).  example>", ["jdoe@machine.example"], ["John Doe"]),
        ("Mary Smith\r\n  \r\n          <mary@example.net>", ["mary@example.net"], ["Mary Smith"]),
        // Others
        ("", [], []), (" , ,, ", [], []), ("(only a comment)", [], []),
        ("root", ["root"], [""]), ("root, www-data", ["root", "www-data"], ["", ""]),
        ("\"(Cron Daemon)\" <root>", ["root"], ["(Cron Daemon)"]),
        ("a@b <a@b>", ["a@b"], ["a@b"]), ("a@b,", ["a@b"], [""]), (",a@b", ["a@b"], [""]),
        ("a@b(x(y(z)))", ["a@b"], [""]), ("a@[127.0.0.1]", ["a@[127.0.0.1]"], [""]),
        ("a@[IPv6:2001:db8::1]", ["a@[IPv6:2001:db8::1]"], [""]),
        ("\"a b\"@c.d", ["\"a b\"@c.d"], [""]), ("\"a\\\"b\"@c", ["\"a\\\"b\"@c"], [""]),
        ("\"a@b\"@c", ["\"a@b\"@c"], [""]), ("\"ab\"@c", ["ab@c"], [""]), ("\"a\".b@c", ["a.b@c"], [""]),
        ("<@a,@b:c@d>", ["c@d"], [""]), ("<@a,,@b : c@d>", ["c@d"], [""]),
        ("john..doe@c", ["\"john..doe\"@c"], [""]), ("john.@c", ["\"john.\"@c"], [""]),
        ("=?utf-8?Q?Ren=C3=A9?= <r@c>", ["r@c"], ["Ren\u{E9}"]),
        ("=?UTF-8?B?w4TDlg==?=\r\n =?UTF-8?Q?_=C3=9C,_x?= y <r@c>", ["r@c"], ["\u{C4}\u{D6} \u{DC}, x y"]),
        ("=?iso-8859-1*de?q?M=FCller?= <m@c>", ["m@c"], ["M\u{FC}ller"]),
        ("=?koi8-r?Q?=F0?= <m@c>", ["m@c"], ["=?koi8-r?Q?=F0?="]),
        // A local part that only begins like an encoded word.
        ("\"=?a?b?c?=d\"@c", ["=?a?b?c?=d@c"], [""]), ("=?a?b?c?==?d.e@c", ["=?a?b?c?==?d.e@c"], [""]),
        ("\u{9EDE}\u{770B} <\u{9EDE}@\u{4F8B}.jp>", ["\u{9EDE}@\u{4F8B}.jp"], ["\u{9EDE}\u{770B}"]),
        ("A:a@b;, B:;, c@d", ["a@b", "c@d"], ["", ""]), ("A:a@b;c@d", ["a@b", "c@d"], ["", ""]),
        ("A:a@b, ;", ["a@b"], [""]), ("user+tag=x@my_host.example", ["user+tag=x@my_host.example"], [""]),
        ("Foo [Bar] <a@b>", ["a@b"], ["Foo [Bar]"]),
        ("!#$%&'*+-/=?^_`{|}~@b", ["!#$%&'*+-/=?^_`{|}~@b"], [""]),
        ("a\t@\tb", ["a@b"], [""]),
    ]

    @Test("lists that are lists", arguments: good)
    func parses(text: String, addresses: [String], names: [String]) throws {
        let list = try AddressList(parsing: text.utf8)
        #expect(list.addresses.map(\.description) == addresses)
        #expect(list.mailboxes.map(\.displayName) == names)
        let again = try AddressList(parsing: list.addresses.map(\.description).joined(separator: ",").utf8)
        #expect(again.addresses == list.addresses)
    }

    static let bad: [(text: String, kind: AddressProblem.Kind, column: Int)] = [
        ("a@b (x", .unclosedComment, 5), ("a@b (x(y)", .unclosedComment, 5), ("(x\\", .unclosedComment, 1),
        ("a@b, \"x", .unclosedQuote, 6), ("\"x\\\"", .unclosedQuote, 1), ("a@[1.2", .unclosedLiteral, 3),
        ("a@[x<y>]", .unexpected, 5), ("X <a@b", .unclosedAngle, 3), ("X <a@b, c@d>", .unexpected, 7),
        ("<a@b> x", .strayText, 7), ("<a@b><c@d>", .strayText, 6), ("<a@b> \"x\"", .strayText, 7),
        ("John Doe", .strayWords, 1), ("John Doe, a@b", .strayWords, 1), ("a b@c", .strayWords, 1),
        ("\"a\"b@c", .strayWords, 1), ("a@b@c", .secondAt, 4), ("a@b; c@d", .semicolonOutsideGroup, 4),
        ("<>", .noAddress, 1), ("X <>", .noAddress, 3), ("@b", .noLocalPart, 1), ("a@", .noDomain, 2),
        ("<a@>", .noDomain, 3), ("<@a>", .noLocalPart, 2), ("<@a,b@c>", .noLocalPart, 2),
        (".@b", .noLocalPart, 1),
        ("\"\"@b", .noLocalPart, 1), ("a@b..c", .badDomain, 5), ("a@.b", .badDomain, 3),
        ("a@b.", .badDomain, 3),
        ("a@b!c", .badDomain, 3), ("a@\"b\"", .badDomain, 3), ("a@b c", .strayText, 5),
        ("a@b[1]", .badDomain, 4),
        ("a@[1]b", .badDomain, 3), ("G:a@b", .unclosedGroup, 1), ("G:a@b,H:c@d;", .unexpected, 8),
        ("mailto:a@b", .unclosedGroup, 1), ("a@b:c;", .unexpected, 4), (":a@b;", .unexpected, 1),
        ("a)b@c", .unexpected, 2), ("a\\@b", .unexpected, 2), ("a@b>", .unexpected, 4),
        ("a@b\r\nRCPT TO:<x@y>", .controlCharacter, 4), ("a@b\r\n", .controlCharacter, 4),
        ("a\n@b", .controlCharacter, 2), ("a@b\0", .controlCharacter, 4),
        ("\"a\r\nb\"@c", .controlCharacter, 3),
        ("\"a\\\r\n\"@c", .controlCharacter, 4), ("a(\u{1})@b", .controlCharacter, 3),
        ("a@b\u{7F}", .controlCharacter, 4), ("\"a\u{85}\"@b", .controlCharacter, 1),
        ("\"a\u{2028}\"@b", .controlCharacter, 1), ("a\u{202E}@b", .controlCharacter, 1),
        ("[a]@b", .unexpected, 1),
    ]

    @Test("lists that are none, and where", arguments: bad)
    func refuses(text: String, kind: AddressProblem.Kind, column: Int) {
        let problem = #expect(throws: AddressProblem.self) { try AddressList(parsing: text.utf8) }
        #expect(problem?.kind == kind)
        #expect(problem?.column == column)
        #expect(problem?.description.unicodeScalars.allSatisfy { $0.value >= 0x20 } == true)
    }

    @Test func tellsWhereInWords() {
        let problem = #expect(throws: AddressProblem.self) { try AddressList(parsing: "a@b, c d@e".utf8) }
        #expect(
            problem?.description
                == "words that make no address (its < > missing, or a comma?) at column 6: c d@e")
    }

    @Test func holdsTheLimits() throws {
        let x64 = String(repeating: "x", count: 64)
        let label = String(repeating: "d", count: 63)
        #expect(try AddressList(parsing: "\(x64)@b".utf8).addresses.count == 1)
        expect(.localPartTooLong, "\(x64)x@b")
        expect(.domainTooLong, "a@\([label, label, label, label, "d"].joined(separator: "."))")
        expect(.pathTooLong, "\(x64)@\([label, label, label].joined(separator: "."))")
        #expect(
            try AddressList(parsing: "a@\([label, label, label, "d"].joined(separator: "."))".utf8).addresses
                .count == 1)
        let comment = String(repeating: "(", count: 33) + String(repeating: ")", count: 33)
        expect(.commentsTooDeep, "a@b \(comment)")
        #expect(throws: Never.self) { try AddressList(parsing: "a@b \(comment.dropFirst().dropLast())".utf8) }
        let limits = AddressList.Limits(mailboxes: 2)
        #expect(try AddressList(parsing: "a,b".utf8, limits: limits).addresses.count == 2)
        let problem = #expect(throws: AddressProblem.self) {
            try AddressList(parsing: "a,b,c".utf8, limits: limits)
        }
        #expect(problem?.kind == .tooManyAddresses)
    }

    @Test func refusesWhatIsNotUTF8() {
        let problem = #expect(throws: AddressProblem.self) {
            try AddressList(parsing: [0x61, 0xE9, 0x40, 0x62])
        }
        #expect(problem?.kind == .notUTF8)
        #expect(throws: Never.self) { try AddressList(parsing: [0xE9, 0x20] + bytes("<a@b>")) }
    }

    @Test func keepsThePhrase() throws {
        let list = try AddressList(parsing: " \"A\\\"\"\r\n  b (c) <x@y>".utf8)
        #expect(text(list.mailboxes[0].phrase) == "\"A\\\"\"\r\n  b")
    }

    @Test(
        "the argument of -f",
        arguments: [
            ("", ""), ("<>", ""), (" < > ", ""), ("a@b", "a@b"), ("<a@b>", "a@b"), ("Name <a@b>", "a@b"),
            ("www-data", "www-data"), ("\"x y\"@b", "\"x y\"@b"),
        ])
    func readsReversePaths(argument: String, expected: String) throws {
        #expect(try ReversePath(parsing: argument.utf8).description == expected)
    }

    @Test(
        "arguments of -f that are refused",
        arguments: [
            ("a@b, c@d", AddressProblem.Kind.severalAddresses), ("(x)", .noAddress),
            ("a@b>\r\nRCPT TO:<c@d", .unexpected), ("a@b\nDATA", .controlCharacter), ("X <>", .noAddress),
        ])
    func refusesReversePaths(argument: String, kind: AddressProblem.Kind) {
        let problem = #expect(throws: AddressProblem.self) { try ReversePath(parsing: argument.utf8) }
        #expect(problem?.kind == kind)
    }

    @Test("whatever comes in, only clean addresses come out", arguments: UInt64(1)...60)
    func neverLetsControlsThrough(seed: UInt64) {
        var generator = SeededGenerator(state: seed)
        for chunk in generator.chunks(of: "ab@<>,;:.\"\\()[] \t\r\n\0=?\u{E9}", count: 2000) {
            guard let list = try? AddressList(parsing: chunk) else { continue }
            for address in list.addresses {
                let wire = address.description.utf8
                #expect(wire.allSatisfy { $0 >= 0x20 && $0 != 0x7F } && (1...254).contains(wire.count))
                #expect((try? EmailAddress(parsing: wire)) == address)
            }
        }
    }

    private func expect(_ kind: AddressProblem.Kind, _ text: String) {
        let problem = #expect(throws: AddressProblem.self) { try AddressList(parsing: text.utf8) }
        #expect(problem?.kind == kind)
    }
}
