// Whole messages: NN-name.eml as it is stored, NN-name.7bit as it goes to a relay without 8BITMIME (or why it
// is refused), NN-name.8bit, where there is one, as it goes to a relay with 8BITMIME, and NN-name.readme
// saying why. Where a result is missing, the test fails and shows what it would be.
//
// The results were read by hand and compared once, part by part, with what Python's email package 3.11 reads
// from the .eml: same types, fields and decoded contents. It differs where a message becomes a MIME message
// (09, 10, 11, 15) and where it reads less than RFC 2045 to 2049 and 6532 allow: it drops the last line end of a
// multipart that is not closed (35), decodes no message/global (44), and knows no comments in a type (47).

import Foundation
import MIME
import Testing

struct GoldenTests {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden")
    static let names: [String] = {
        let files = try? FileManager.default.contentsOfDirectory(atPath: folder.path())
        return (files ?? []).filter { $0.hasSuffix(".eml") }.map { String($0.dropLast(4)) }.sorted()
    }()

    @Test func areThere() { #expect(Self.names.count >= 45) }

    @Test("in, out and why", arguments: names)
    func matches(name: String) throws {
        #expect(try !Self.read("\(name).readme").isEmpty)
        let message = try Message(Self.read("\(name).eml"))
        for (limits, kind) in [(sevenBit, "7bit"), (eightBit, "8bit")] {
            let expected = try? Self.read("\(name).\(kind)")
            guard expected != nil || kind == "7bit" else { continue }
            let result = convert(message, for: limits).result.golden(of: message)
            #expect(result == expected, "\(kind):\n\(text(result))")
        }
    }

    @Test("any split gives the same", arguments: names, [sevenBit, eightBit])
    func splits(name: String, limits: TransportLimits) throws {
        let message = try Message(Self.read("\(name).eml"))
        let whole = convert(message, for: limits).result
        for chunks in everySplit(of: message.body) {
            #expect(convert(message, for: limits, chunks: chunks).result == whole)
        }
    }

    @Test(
        "the result travels, has the announced size, keeps every content", arguments: names,
        [sevenBit, eightBit])
    func travels(name: String, limits: TransportLimits) throws {
        try expectFaithful(Message(Self.read("\(name).eml")), for: limits)
    }

    private static func read(_ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: folder.appending(path: name)))
    }
}
