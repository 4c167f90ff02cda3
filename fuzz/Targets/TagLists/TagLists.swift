// Tag lists of DKIM (RFC 6376 3.2): values and extents lie within the list, wherever it stands, and a list
// written again is read again as it was.
import FuzzSupport

@testable import DKIMCore

@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    run(start, count) { bytes in
        guard let list = try? TagList(bytes[...]) else { return }
        let names = tagNames(bytes)
        demand(list.firstName == names.first, "the first tag is known")
        for name in names { check(list, name, bytes) }
        let moved = try? TagList((bytes + bytes)[bytes.count...])
        let written = names.map { name in
            Array("\(name)=".utf8) + (list[name] ?? []) + Array(";\r\n ".utf8)
        }
        let again = try? TagList(written.flatMap(\.self)[...])
        for name in names {
            demand(moved?[name] == list[name], "it does not matter where a list stands")
            demand(again?[name] == list[name], "the tag \(name)= comes back")
        }
    }
}

/// What stands before the first `=` of each part between semicolons.
private func tagNames(_ bytes: [UInt8]) -> [String] {
    bytes.split(separator: UInt8(ascii: ";")).compactMap { part in
        guard part.contains(UInt8(ascii: "=")) else { return nil }
        let name = part.prefix { $0 != UInt8(ascii: "=") }
        return String(decoding: name.filter { !" \t\r\n".utf8.contains($0) }, as: UTF8.self)
    }
}

private func check(_ list: TagList, _ name: String, _ bytes: [UInt8]) {
    guard let value = list[name], let extent = list.extent(of: name) else {
        return demand(false, "the tag \(name)= is found")
    }
    demand(extent.lowerBound > 0 && extent.upperBound <= bytes.count, "an extent is within the list")
    demand(bytes[extent.lowerBound - 1] == UInt8(ascii: "="), "an extent follows the =")
    demand(extent.upperBound == bytes.count || bytes[extent.upperBound] == UInt8(ascii: ";"), "and ends so")
    let isWithin = value.startIndex >= extent.lowerBound && value.endIndex <= extent.upperBound
    demand(value.isEmpty || isWithin, "a value is within its extent")
    let ends: [UInt8?] = [value.first, value.last]
    demand(!ends.contains(0x20) && !ends.contains(0x0A), "a value is trimmed")
}
