// The program as a file: small, and in need of no other.

import Testing

@Suite struct ProgramTests {
    private static func number(_ bytes: ArraySlice<UInt8>) -> Int {
        bytes.reversed().reduce(0) { $0 << 8 | Int($1) }
    }

    /// The file without `.swift_ast`, which only a debug build has: what an optimised build installs.
    private func installedSize(_ file: [UInt8]) -> Int {
        let headers = Self.number(file[0x28..<0x30])
        let count = Self.number(file[0x3C..<0x3E])
        let names = headers + Self.number(file[0x3E..<0x40]) * 64
        let nameTable = Self.number(file[names + 0x18..<names + 0x20])
        let syntaxTrees = (0..<count).map { headers + $0 * 64 }.filter { header in
            let name = nameTable + Self.number(file[header..<header + 4])
            return file[name...].prefix { $0 != 0 }.elementsEqual(".swift_ast".utf8)
        }
        return syntaxTrees.reduce(file.count) { $0 - Self.number(file[$1 + 0x20..<$1 + 0x28]) }
    }

    @Test func isUnderOneMegabyte() throws {
        #expect(try installedSize(readFile(programPath)) < 1_000_000)
    }

    /// No PT_INTERP (3) and no PT_DYNAMIC (2): nothing is loaded at run time.
    @Test func isStatic() throws {
        let file = try readFile(programPath)
        #expect(file.prefix(5) == [0x7F, 0x45, 0x4C, 0x46, 2])
        let headers = Self.number(file[0x20..<0x28])
        let types = (0..<Self.number(file[0x38..<0x3A])).map {
            Self.number(file[headers + $0 * 56..<headers + $0 * 56 + 4])
        }
        #expect(types.contains(1) && !types.contains(2) && !types.contains(3))
    }
}
