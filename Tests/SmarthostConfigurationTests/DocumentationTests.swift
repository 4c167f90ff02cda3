// The manual names every key that is read, and no other.

import Foundation
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

    private static func lines(of path: String, from heading: String, to next: String) throws -> [Substring] {
        let docs = URL(filePath: #filePath).appending(path: "../../../docs").standardized
        let text = try String(contentsOf: docs.appending(path: path), encoding: .utf8)
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

    /// The status column says what the parser does with a good argument.
    @Test func thePageSaysWhatIsObsolete() throws {
        let rows = try Self.lines(of: "configuration.md", from: "## Account keys", to: "## ")
        let old = rows.filter { $0.hasPrefix("| `") && $0.contains("| old |") }
            .map { String($0.dropFirst(3).prefix { $0 != "`" }) }
        #expect(old.sorted() == AccountKey.allCases.filter(\.isObsolete).map(\.rawValue).sorted())
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
