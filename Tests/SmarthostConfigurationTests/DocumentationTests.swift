// The manual names every key that is read, and no other.

import Glibc
import Testing

@testable import SmarthostConfiguration

struct DocumentationTests {
    struct Chapter: Sendable {
        let page: String
        let manual: String
        let keys: [String]
    }

    static let chapters = [
        Chapter(page: "Account keys", manual: "ACCOUNT KEYS", keys: AccountKey.allCases.map(\.rawValue)),
        Chapter(page: "Daemon keys", manual: "DAEMON KEYS", keys: DaemonKey.allCases.map(\.rawValue)),
        Chapter(page: "DKIM keys", manual: "DKIM KEYS", keys: SigningKey.allCases.map(\.rawValue)),
    ]

    private static let docs =
        "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/") + "/docs/"

    /// A file as text, by the C library: the test program is linked without Foundation.
    private static func contents(of path: String) -> String? {
        guard let stream = fopen(path, "r") else { return nil }
        defer { fclose(stream) }
        var bytes = [UInt8](repeating: 0, count: 1 << 20)
        let count = fread(&bytes, 1, bytes.count, stream)
        return String(validating: bytes[..<count], as: UTF8.self)
    }

    private static func lines(of path: String, from heading: String, to next: String) throws -> [Substring] {
        let text = try #require(Self.contents(of: docs + path))
        let all = text.split(separator: "\n", omittingEmptySubsequences: false)
        let start = try #require(all.firstIndex { $0 == heading })
        return Array(all[(start + 1)...].prefix { !$0.hasPrefix(next) })
    }

    @Test(arguments: chapters) func thePageNamesEveryKey(_ chapter: Chapter) throws {
        let rows = try Self.lines(of: "configuration.md", from: "## \(chapter.page)", to: "## ")
        let named = rows.filter { $0.hasPrefix("| `") }.map { String($0.dropFirst(3).prefix { $0 != "`" }) }
        #expect(named.sorted() == chapter.keys.sorted())
    }

    @Test(arguments: chapters) func theManualNamesEveryKey(_ chapter: Chapter) throws {
        let lines = try Self.lines(of: "man/smarthost.conf.5", from: ".SH \(chapter.manual)", to: ".SH ")
        let named = lines.filter { $0.hasPrefix(".B ") }.map { String($0.dropFirst(3)) }
        #expect(named.sorted() == chapter.keys.sorted())
    }

    /// Arguments and defaults: what the page has between backquotes, the manual has without.
    @Test(arguments: chapters) func pageAndManualTellTheSameArguments(_ chapter: Chapter) throws {
        let rows = try Self.lines(of: "configuration.md", from: "## \(chapter.page)", to: "## ")
        let lines = try Self.lines(of: "man/smarthost.conf.5", from: ".SH \(chapter.manual)", to: ".SH ")
        for key in chapter.keys {
            let row = try #require(rows.first { $0.hasPrefix("| `\(key)` | ") })
            let page = row.split(separator: "|")[1].filter { $0 != "`" }
            let line = try #require(lines.firstIndex { $0 == ".B \(key)" })
            let manual = lines[line + 1].filter { $0 != "\\" }
            #expect(" \(manual) " == page, "\(key)")
        }
    }

    /// msmtp's own keys, as its version 1.8.33 reads them: each has to have a row, and so a meaning here.
    static let keysOfMsmtp = """
        host port source_ip proxy_host proxy_port socket timeout protocol domain auth user password passwordeval
        ntlmdomain tls tls_starttls tls_trust_file tls_crl_file tls_fingerprint tls_key_file tls_cert_file
        tls_certcheck tls_priorities tls_host_override tls_min_dh_prime_bits from from_full_name
        allow_from_override dsn_notify dsn_return set_from_header set_date_header set_msgid_header set_to_header
        remove_bcc_headers logfile logfile_time_format syslog aliases undisclosed_recipients
        add_missing_from_header add_missing_date_header auto_from maildomain keepbcc tls_nocertcheck
        tls_nostarttls tls_force_sslv3 connect_timeout
        """.split { $0 == " " || $0 == "\n" }.map(String.init)

    @Test(arguments: keysOfMsmtp) func noKeyOfMsmtpIsMissing(_ key: String) throws {
        #expect(AccountKey(rawValue: key) != nil)
        let rows = try Self.lines(of: "configuration.md", from: "## Account keys", to: "## ")
        #expect(rows.contains { $0.hasPrefix("| `\(key)` |") })
    }

    /// What has no effect here is told at the start, and says so on the page; the rows are tested against the parser.
    @Test(arguments: AccountKeyTests.rows) func thePageSaysWhatHasNoEffect(_ row: AccountKeyTests.Row) throws
    {
        let rows = try Self.lines(of: "configuration.md", from: "## Account keys", to: "## ")
        let line = try #require(rows.first { $0.hasPrefix("| `\(row.key.rawValue)` | ") })
        if row.warning?.contains("not supported") == true { #expect(line.contains("| warning |")) }
        if line.contains("| warning |") { #expect(row.warning != nil) }
    }

    /// The status column says what the parser does with a good argument.
    @Test func thePageSaysWhatIsObsolete() throws {
        let rows = try Self.lines(of: "configuration.md", from: "## Account keys", to: "## ")
        let old = rows.filter { $0.hasPrefix("| `") && $0.contains("| old |") }
            .map { String($0.dropFirst(3).prefix { $0 != "`" }) }
        #expect(old.sorted() == AccountKey.allCases.filter(\.isObsolete).map(\.rawValue).sorted())
    }

    /// The examples of whole `dkim` sections, each by itself.
    @Test func theExamplesOfSectionsAreTaken() throws {
        let rows = try Self.lines(of: "configuration.md", from: "## DKIM keys", to: "## ")
        let examples = rows.split(separator: "").filter { $0.first?.hasPrefix("    dkim ") == true }
        #expect(examples.count == 2)
        for example in examples {
            let text = example.map { $0.dropFirst(4) }.joined(separator: "\n")
            #expect(try World.parse("account default\nhost h\n" + text).warnings == [])
        }
    }

    @Test func theFirstExampleOfThePageIsTaken() throws {
        let rows = try Self.lines(of: "configuration.md", from: "# Configuration", to: "## ")
        let example = rows.filter { $0.hasPrefix("    ") }.map { $0.dropFirst(4) }.joined(separator: "\n")
        let configuration = try World.parse(example)
        #expect(
            configuration.warnings == [] && configuration.dkim.count == 1 && configuration.accounts.count == 1
        )
    }
}
