// Key records (RFC 6376 3.6.1): a record written again is read again as it was, a zone's strings hold all of
// it, and what is wrong with one is one line.
import FuzzSupport

@testable import DKIMCore

@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    run(start, count) { bytes in
        let record: KeyRecord
        do throws(DKIMError) {
            record = try KeyRecord(parsing: bytes)
        } catch {
            return demand(isOneLine("\(error)"), "a problem is one line: \(error)")
        }
        let again = try? KeyRecord(parsing: Array(record.text.utf8))
        demand(again?.keyType == record.keyType, "the kind of key comes back")
        demand(again?.publicKey == record.publicKey, "the key comes back")
        demand(again?.text == record.text, "the text comes back")
        checkZoneFile(record)
        for algorithm in SignatureAlgorithm.allCases {
            guard let key = PublicKey.parse(record.publicKey, for: algorithm) else { continue }
            demand(key.bits > 0 && !key.accepts([1, 2, 3], of: [4, 5, 6]), "no key accepts anything")
        }
    }
}

/// For records of the kinds that this program publishes: others are never put into a zone.
private func checkZoneFile(_ record: KeyRecord) {
    guard ["rsa", "ed25519"].contains(record.keyType) else { return }
    let line = record.zoneFileLine(selector: "s", domain: "example.org")
    demand(isOneLine(line), "a zone file's line is one")
    let strings = line.split(separator: "\"").enumerated().filter { $0.offset % 2 == 1 }.map(\.element)
    demand(strings.joined() == record.text, "the strings are the record")
    demand(strings.allSatisfy { $0.utf8.count <= 255 }, "no string is too long")
}
