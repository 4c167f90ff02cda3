// Content in chunks and in pieces: the same bytes, however the source cuts them, and none that may not go.
import MailCore
import TestSupport
import Testing

@testable import SMTPClient

@Suite struct ContentFeedTests {
    static let contents = [
        "", "a", "a\r\n", "Subject: x\r\n\r\n.\r\n..b\r\n", "no end\r\nhere", "\r\n",
        "0123456789\r\n0123456789\r\n",
    ]

    @Test(
        "chunks are all of the content, and only the last is marked", arguments: contents,
        [1, 2, 5, 12, 24, 100])
    func chunks(content: String, limit: Int) async throws {
        let expected = Array(content.utf8) + (content.isEmpty || content.hasSuffix("\r\n") ? [] : [13, 10])
        for pieces in splits(of: content) {
            var feed = makeFeed(pieces)
            var received: [UInt8] = []
            var marks: [Bool] = []
            while marks.last != true {
                let (size, isLast) = try await feed.nextChunk(upTo: limit)
                #expect(size == feed.chunk.count && size <= limit)
                received += feed.chunk
                marks.append(isLast)
            }
            #expect(received == expected)
            #expect(marks.count == max(1, (expected.count + limit - 1) / limit))
        }
    }

    @Test("DATA gets the chunk that BDAT did not get rid of, and the rest", arguments: contents)
    func pieces(content: String) async throws {
        let expected = Array(content.utf8) + (content.isEmpty || content.hasSuffix("\r\n") ? [] : [13, 10])
        for pieces in splits(of: content) {
            for limit in [0, 3, 100] {
                var feed = makeFeed(pieces)
                if limit > 0 { _ = try await feed.nextChunk(upTo: limit) }
                var received: [UInt8] = []
                while let piece = try await feed.nextPiece() { received += piece }
                #expect(received == expected)
                #expect(try await feed.nextPiece() == nil)
            }
        }
    }

    @Test(
        "a stray byte is refused before anybody gets it",
        arguments: [
            ("a\r\nb\nc\r\n", "an LF without CR at byte 4"), ("a\r\nb\rc\r\n", "a CR without LF at byte 4"),
            ("a\r\n\0\r\n", "a NUL at byte 3"), ("a\r\n\r", "a CR without LF at byte 3"),
        ])
    func refuses(content: String, problem: String) async throws {
        for pieces in splits(of: content) {
            for limit in [2, 100] {
                var feed = makeFeed(pieces)
                var received: [UInt8] = []
                let failure = await #expect(throws: DeliveryFailure.self) {
                    while true {
                        let (_, isLast) = try await feed.nextChunk(upTo: limit)
                        received += feed.chunk
                        #expect(!isLast)
                        if isLast { return }
                    }
                }
                #expect(failure?.enhanced == EnhancedStatusCode(5, 6, 0))
                #expect(failure?.disposition == .permanent && failure?.scope == .message)
                #expect(failure?.text.contains(problem) == true)
                #expect(received.count <= 4)
            }
        }
    }

    private func splits(of content: String) -> [[[UInt8]]] {
        let bytes = Array(content.utf8)
        return [bytes.map { [$0] }]
            + (0...bytes.count).map { [Array(bytes[..<$0]), [], Array(bytes[$0...])] }
    }

    private func makeFeed(_ pieces: [[UInt8]]) -> ContentFeed {
        var pieces = pieces[...]
        let route = Route(to: .host("mx.example.net", port: 25), helloName: "client.example.org")
        return ContentFeed(
            { () throws(DeliveryFailure) in pieces.popFirst() }, failures: RelayFailures(route: route))
    }
}
