// The manual page and --help say what the parser does: no option more, none less.

import Glibc
import Testing

@testable import SendmailArguments

@Suite struct ManualTests {
    private static let path =
        #filePath.split(separator: "/").dropLast(3).map { "/" + $0 }.joined()
        + "/docs/man/sendmail.8"

    /// The options that the page describes, from its `.It Fl` lines, without their dash.
    private func described() throws -> [String] {
        let file = try #require(fopen(Self.path, "r"))
        defer { fclose(file) }
        var buffer = [CChar](repeating: 0, count: 1_024)
        var names: [String] = []
        while fgets(&buffer, CInt(buffer.count), file) != nil {
            let line = buffer.prefix { $0 != 0 && $0 != 10 }.map { UInt8(bitPattern: $0) }
            let words = String(decoding: line, as: UTF8.self).split(separator: " ")
            guard words.starts(with: [".It", "Fl"]) else { continue }
            names += words.indices.filter { words[$0] == "Fl" }.map { String(words[$0 + 1]) }
        }
        return names
    }

    private var table: [String] {
        OptionTable.options.map { $0.name.utf8.count > 1 ? "-" + $0.name : $0.name }
            + OptionTable.modes.map { "b" + $0.letter } + OptionTable.settings.map { "o" + $0.name }
    }

    @Test func manualAndTableAgree() throws {
        #expect(try Set(described()).symmetricDifference(table).sorted() == [])
        #expect(try described().count == table.count, "an option is described twice")
    }

    @Test func helpNamesEverything() {
        let help = String(decoding: Help.usage, as: UTF8.self).split { " \n,[".contains($0) }.map(String.init)
        #expect(table.filter { !help.contains("-" + $0) } == [])
    }

    @Test func namesAreUnique() {
        #expect(Set(table).count == table.count)
    }
}
