// Each option of the table by itself, the grammar, and what is refused.

import Testing

@testable import SendmailArguments

@Suite struct OptionTests {
    /// No option may swallow the recipient, and no value may become one.
    @Test(arguments: OptionTable.options.filter { $0.name.utf8.count == 1 && $0.name != "b" }.map(\.name))
    func takesItsValueAndNoMore(letter: String) throws {
        let option = try #require(OptionTable.options.first { $0.name == letter })
        let lines =
            switch option.value {
            case .none:
                ["sendmail -\(letter) rcpt", "sendmail rcpt -\(letter)", "sendmail -t\(letter)v rcpt"]
            case .required, .emptyIfAbsent:
                [
                    "sendmail -\(letter) value rcpt", "sendmail -\(letter)value rcpt",
                    "sendmail -i\(letter)value rcpt", "sendmail -\(letter)value -- rcpt",
                    "sendmail rcpt -\(letter) value", "sendmail -\(letter) -x rcpt",
                ]
            case .attachedOnly: ["sendmail -\(letter) rcpt", "sendmail -\(letter)value rcpt"]
            }
        for line in lines where option.name != "I" {
            #expect(try invocation(line).recipients == [bytes("rcpt")], "\(line)")
            #expect(try invocation(line).action == .submit, "\(line)")
        }
    }

    /// The union of what programs send, as one call.
    @Test func theWholeUnion() throws {
        let all = try invocation(
            """
            sendmail -t -i -oi -v -G -n -m -U -f a@example.org -F Name -h 3 -B 8BITMIME -N never -R full -V id \
            -X /log -L tag -p proto:host -C /cf -O DeliveryMode=q -om -o em -ep -em -eq -ew -ee -Ac -Am -bm -q \
            -qRx -S host -x -E -J -auUSER -apPASS -- rcpt
            """)
        #expect(all.recipients == [bytes("rcpt")])
        #expect(all.options == ["-i", "-i", "-ODeliveryMode=q", "-om", "-oem"].map(bytes))
        #expect(all.action == .submit)
    }

    @Test(arguments: [
        ("sendmail -f <> x", ["x"], "<>"), ("sendmail -f<> x", ["x"], "<>"), ("sendmail -f '' x", ["x"], ""),
        ("sendmail -r a -f b x", ["x"], "b"), ("sendmail x -f a y", ["x", "y"], "a"),
        ("sendmail -fa -- -b -t", ["-b", "-t"], "a"), ("sendmail -fa -", ["-"], "a"),
        ("sendmail -fa -- --", ["--"], "a"),
    ])
    func grammar(line: String, recipients: [String], reversePath: String) throws {
        let result = try invocation(line)
        #expect(result.recipients == recipients.map(bytes))
        #expect(result.reversePath == bytes(reversePath))
    }

    @Test(arguments: [
        ("sendmail -odi x", Invocation.Delivery?.some(.direct)), ("sendmail -odb x", .queue),
        ("sendmail -odq x", .queue), ("sendmail -o dq x", .queue), ("sendmail -odq -odi x", .direct),
        ("sendmail -odd x", nil), ("sendmail -oi x", nil),
    ])
    func delivery(line: String, mode: Invocation.Delivery?) throws {
        #expect(try invocation(line).delivery == mode)
    }

    @Test(arguments: [
        ("/usr/bin/mailq", Invocation.Action.listQueue), ("mailq -v", .listQueue),
        ("sendmail -bp", .listQueue),
        ("newaliases", .newAliases), ("/x/newaliases -v", .newAliases), ("sendmail -bi", .newAliases),
        ("sendmail -I", .newAliases), ("sendmail -q", .flushQueue([])),
        ("sendmail -qRexample.org", .flushQueue(Array("Rexample.org".utf8))), ("sendmail -q x", .submit),
        ("sendmail -t -q", .submit), ("sendmail --help", .help), ("sendmail --version", .version),
        ("sendmail x --version --help", .version), ("sendmail -bp -bm x", .submit),
        ("smarthost-mailq x", .submit),
    ])
    func action(line: String, action: Invocation.Action) throws {
        #expect(try invocation(line).action == action)
    }

    @Test(arguments: ["sendmail -t --socket /s", "sendmail --socket=/s -t", "mailq --socket /s"])
    func socket(line: String) throws {
        #expect(try invocation(line).socket == bytes("/s"))
    }

    @Test(arguments: [
        ("sendmail", "no recipients"), ("sendmail -i", "no recipients"), ("sendmail -f a", "no recipients"),
        ("sendmail -z x", "unknown option -z"), ("sendmail -tz", "unknown option -z"),
        ("sendmail --frobnicate=1 x", "unknown option --frobnicate"),
        ("sendmail --t x", "unknown option --t"),
        ("sendmail --=x y", "unknown option --"), ("sendmail x -F", "option -F needs a value"),
        ("sendmail -t --socket", "--socket needs a value"),
        ("sendmail -t --socket=", "--socket needs a path"),
        ("sendmail --help=yes", "--help takes no value"), ("sendmail -bz", "unknown mode -bz"),
        ("sendmail -bd", "smarthostd"), ("sendmail -bD", "smarthostd"), ("sendmail -bd -q30m", "smarthostd"),
        ("sendmail -q30m", "smarthostd"), ("sendmail -bt", "smarthostctl"),
        ("sendmail -bv x", "smarthostctl"),
        ("sendmail -bf", "smarthostd"), ("sendmail -bh", "smarthostctl"), ("sendmail -bs", "sendmail -t -i"),
    ])
    func refusals(line: String, text: String) {
        #expect(refusal(line).contains(text))
    }

    @Test func noProgramNameAtAll() {
        #expect(throws: UsageError.self) { try Invocation([]) }
    }
}
