// A large body passes through in pieces: what is in memory does not grow with it.
import LinuxIO
import MailCore
import Testing

@testable import Spool

@Suite struct LargeBodyTests {
    @Test func aHundredMegabytesInAndOut() async throws {
        try await withSpool { spool in
            let pieces = 1600
            let draft = spool.makeDraft()
            var largest = 0
            for number in 0..<pieces {
                try await draft.append(Self.piece(number))
                largest = max(largest, draft.buffered)
            }
            #expect(largest <= Draft.memoryLimit)
            let id = try await spool.store(newMessage(), body: draft)
            let reader = try await spool.body(id)
            #expect(reader.size == pieces * 65_536)

            var number = 0
            while let chunk = try await reader.next() {
                try #require(chunk == Self.piece(number) + Self.piece(number + 1), "from piece \(number) on")
                number += 2
            }
            #expect(number == pieces)
        }
    }

    private static func piece(_ number: Int) -> [UInt8] {
        var piece = [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: 65_536)
        for (place, byte) in "\(number)".utf8.enumerated() { piece[place] = byte }
        return piece
    }
}
