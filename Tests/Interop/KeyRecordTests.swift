// The faults of key records as a real name server gives them: each is published in PowerDNS, and `dkim check`
// says which it is.

import Testing

extension RealServers {
    @Suite(.serialized) struct KeyRecordTests {
        /// What is published for a selector, and what is said of it.
        struct Case: Sendable, CustomTestStringConvertible {
            let selector: String
            let says: String
            var exitCode: CInt = 1
            var domain = "example.test"
            /// Further words behind `dkim check`.
            var options: [String] = []
            /// Arguments of servers/powerdns, given the name and the right record's text.
            var publish: @Sendable (_ name: String, _ text: String) -> [[String]] = { _, _ in [] }

            var testDescription: String { selector }
        }

        private static func add(_ name: String, _ type: String, _ contents: String...) -> [String] {
            let label = String(name.dropLast(".example.test".count))
            return ["pdnsutil", "replace-rrset", "example.test", label, type, "60"] + contents
        }

        /// What stands in the database, and no name server can read.
        private static func breakRecord(_ name: String) -> [String] {
            [
                "flock", "/run/pdnsutil.lock", "sqlite3", "/var/lib/powerdns/lab.sqlite3",
                "INSERT INTO records (domain_id, name, type, content, ttl, auth) "
                    + "SELECT id, '\(name)', 'TXT', '\"no end', 60, 1 FROM domains WHERE name = 'example.test'",
            ]
        }

        static let cases: [Case] = [
            Case(selector: "good", says: ": good: the published key is the one in ", exitCode: 0) {
                [["add-txt", $0, $1]]
            },
            Case(
                selector: "named", says: ": good: the published key is the one in ", exitCode: 0,
                options: ["--dns", "127.0.0.1:53"]
            ) { [["add-txt", $0, $1]] },
            // More than a datagram holds: it comes by TCP.
            Case(selector: "long", says: ": good: the published key is the one in ", exitCode: 0) {
                [["add-txt", $0, "\($1); n=" + String(repeating: "note", count: 500)]]
            },
            Case(selector: "aliased", says: ": good: the published key is the one in ", exitCode: 0) {
                [["add-txt", "aliased.dst.test", $1], add($0, "CNAME", "aliased.dst.test.")]
            },
            Case(selector: "blanks", says: ": note: blanks stand within the key", exitCode: 0) { name, text in
                [["add-txt", name, "\(text.dropLast(10)) \(text.suffix(10))"]]
            },
            Case(selector: "missing", says: ": wrong: there is no such name in the DNS (NXDOMAIN)"),
            Case(selector: "notext", says: ": wrong: the name exists, but has no TXT record") { name, _ in
                [add(name, "A", "192.0.2.1")]
            },
            Case(
                selector: "doubled",
                says: ": wrong: the record stands at doubled._domainkey.example.test.example.test instead"
            ) { [["add-txt", "\($0).example.test", $1]] },
            Case(
                selector: "dangling", says: ": wrong: it is an alias (CNAME) of none.dst.test, which does not"
            ) {
                name, _ in [add(name, "CNAME", "none.dst.test.")]
            },
            Case(
                selector: "loop",
                says:
                    "(loop._domainkey.example.test → back._domainkey.example.test → loop._domainkey.example.test)"
            ) { name, _ in
                [
                    add(name, "CNAME", "back._domainkey.example.test."),
                    add("back._domainkey.example.test", "CNAME", "\(name)."),
                ]
            },
            Case(
                selector: "itself", says: "(itself._domainkey.example.test → itself._domainkey.example.test)"
            ) {
                name, _ in [add(name, "CNAME", "\(name).")]
            },
            Case(selector: "other", says: ": wrong: another key is published than the one in ") { name, _ in
                let key = "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
                return [["add-txt", name, "v=DKIM1; k=ed25519; p=\(key)"]]
            },
            Case(selector: "quotes", says: ": wrong: quotation marks are part of the record") {
                [["add-txt", $0, "\"\($1)\""]]
            },
            Case(selector: "slashes", says: ": wrong: backslashes are part of the record") { name, text in
                [["add-txt", name, text.split(separator: ";").joined(separator: "\\;")]]
            },
            Case(selector: "several", says: ": wrong: there are 2 TXT records") {
                [add($0, "TXT", "\"\($1)\"", "\"v=spf1 -all\"")]
            },
            Case(selector: "pieces", says: ": wrong: the key was entered in pieces as 2 TXT records") {
                name, text in
                [add(name, "TXT", "\"\(text.prefix(40))\"", "\"\(text.dropFirst(40))\"")]
            },
            Case(selector: "testing", says: ": wrong: t=y is still there") {
                [["add-txt", $0, "\($1); t=y"]]
            },
            Case(selector: "sha1", says: ": wrong: h=sha1 does not allow sha256") {
                [["add-txt", $0, "\($1); h=sha1"]]
            },
            Case(selector: "service", says: ": wrong: s=other says that the key is not for mail") {
                [["add-txt", $0, "\($1); s=other"]]
            },
            Case(selector: "kind", says: ": wrong: k=rsa is published, but the key in ") { name, text in
                [["add-txt", name, text.split(separator: "ed25519").joined(separator: "rsa")]]
            },
            Case(selector: "strict", says: ": wrong: t=s in the record does not allow i=@news.example.test") {
                [["add-txt", $0, "\($1); t=s"]]
            },
            Case(selector: "revoked", says: ": wrong: p= is empty, which says that the key was revoked") {
                name, _ in
                [["add-txt", name, "v=DKIM1; p="]]
            },
            Case(
                selector: "broken", says: ": unknown: the name server 127.0.0.1:53 failed (SERVFAIL)",
                exitCode: 69
            ) {
                name, _ in [breakRecord(name)]
            },
            Case(
                selector: "refused", says: ": unknown: the name server 127.0.0.1:53 refused to answer",
                exitCode: 69,
                domain: "elsewhere.test"),
            Case(
                selector: "silent", says: ": unknown: the name server 127.0.0.99:53 did not answer",
                exitCode: 69,
                options: ["--dns", "127.0.0.99"]),
        ]

        @Test(arguments: cases) func sentence(_ fault: Case) async throws {
            try await Laboratory.serversAreUp()
            let folder = try Folder()
            let (name, configuration) = try await Self.configure(fault, folder)
            let text = try await run([
                Built.smarthostctl, "dkim", "record", fault.domain, fault.selector, "--form", "plain",
                "--config",
                configuration,
            ]).succeeded("dkim record")
            for arguments in fault.publish(name, String(text.dropLast())) {
                if arguments.first == "flock" {
                    _ = try await run(["chroot", Laboratory.root] + arguments).succeeded("sqlite3")
                } else {
                    _ = try await run([Laboratory.scriptFile("servers/powerdns")] + arguments).succeeded(
                        "powerdns")
                }
            }
            let checked = try await run(
                [Built.smarthostctl, "dkim", "check", fault.domain, "--config", configuration] + fault.options
            )
            let lines = checked.output.split(separator: "\n").filter { $0.hasPrefix("\(name): ") }
            #expect(lines.contains { $0.contains(fault.says) }, "\(checked.output)\(checked.error)")
            #expect(checked.exitCode == fault.exitCode, "\(checked.output)\(checked.error)")
        }

        private static func configure(
            _ fault: Case, _ folder: Folder
        ) async throws -> (name: String, configuration: String) {
            let (key, configuration) = (folder.file("key.pem"), folder.file("smarthost.conf"))
            _ = try await run([
                Built.smarthostctl, "dkim", "keygen", "--ed25519", "--out", key, fault.domain, fault.selector,
            ]).succeeded("dkim keygen")
            let text = """
                account default
                host relay.example.test
                from info@\(fault.domain)
                dkim \(fault.domain)
                selector \(fault.selector)
                key_file \(key)
                identity @news.\(fault.domain)

                """
            try writeFile(configuration, text.utf8)
            return ("\(fault.selector)._domainkey.\(fault.domain)", configuration)
        }

        /// From no record at all to a policy for the domain that another one's d= does not align with.
        @Test func alignment() async throws {
            try await Laboratory.serversAreUp()
            let folder = try Folder()
            let fault = Case(selector: "policy", says: "", domain: "dst.test")
            let (_, configuration) = try await Self.configure(fault, folder)
            let content = try readFile(configuration)
            let text = String(decoding: content, as: UTF8.self)
                .split(separator: "info@dst.test").joined(separator: "info@news.dst.test")
            try writeFile(configuration, text.utf8)
            func check() async throws -> String {
                try await run([Built.smarthostctl, "dkim", "check", "--config", configuration]).output
            }
            #expect(
                try await check().contains(
                    "_dmarc.news.dst.test: note: there is no DMARC record for news.dst.test"))
            for (record, says) in [
                (
                    "v=DMARC1; p=reject",
                    ": good: mail from news.dst.test is aligned: it and d=dst.test both belong to"
                ),
                (
                    "v=DMARC1; p=reject; adkim=s",
                    ": wrong: mail from news.dst.test is not aligned: adkim=s wants"
                ),
            ] {
                _ = try await Laboratory.script("servers/powerdns", "add-txt", "_dmarc.dst.test", record)
                    .succeeded("add-txt")
                let said = try await check()
                #expect(said.contains("account default\(says)"), "\(said)")
            }
        }
    }
}
