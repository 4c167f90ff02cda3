// The body's canonical forms, and that no split of the input changes them.
import Testing

@testable import DKIMCore

struct BodyCanonicalizationTests {
    @Test(arguments: [
        // RFC 6376 3.4.5.
        (" C \r\nD \t E\r\n\r\n\r\n", " C \r\nD \t E\r\n", " C\r\nD E\r\n"),
        ("", "\r\n", ""),
        ("\r\n", "\r\n", ""),
        ("\r\n\r\n\r\n", "\r\n", ""),
        (" \t\r\n", " \t\r\n", ""),
        (" \r\n\t\r\n", " \r\n\t\r\n", ""),
        ("a", "a\r\n", "a\r\n"),
        ("a\r\n \r\n", "a\r\n \r\n", "a\r\n"),
        ("a\r\n \t", "a\r\n \t\r\n", "a\r\n"),
        ("a \t", "a \t\r\n", "a\r\n"),
        ("\r\n\r\na\r\n", "\r\n\r\na\r\n", "\r\n\r\na\r\n"),
        ("a\r\n\r\n\r\nb\r\n\r\n", "a\r\n\r\n\r\nb\r\n", "a\r\n\r\n\r\nb\r\n"),
        // A line end is CRLF: a lone CR or LF is content.
        ("a\r", "a\r\r\n", "a\r\r\n"),
        ("a \r", "a \r\r\n", "a \r\r\n"),
        ("a\t\rb \r c\r\n", "a\t\rb \r c\r\n", "a \rb \r c\r\n"),
        ("a\n\n", "a\n\n\r\n", "a\n\n\r\n"),
        ("a \n b\r\n", "a \n b\r\n", "a \n b\r\n"),
        ("\r\r\n\r\r\n", "\r\r\n\r\r\n", "\r\r\n\r\r\n"),
        ("\t\r \r\n\r", "\t\r \r\n\r\r\n", " \r\r\n\r\r\n"),
        ("a\0b  c\r\n", "a\0b  c\r\n", "a\0b c\r\n"),
        ("  a\t\tb \t c  \r\n", "  a\t\tb \t c  \r\n", " a b c\r\n"),
    ])
    func canonicalForms(body: String, simple: String, relaxed: String) {
        #expect(canonicalBody(body, .simple) == simple)
        #expect(canonicalBody(body, .relaxed) == relaxed)
    }

    @Test(arguments: Canonicalization.allCases)
    func anySplitGivesTheSameBytes(canonicalization: Canonicalization) {
        let body = Array("\r\n a \t b\t\r\n\r\n \r\n\r \r\nc\r\r\n\t\r\n  \r\n".utf8)
        let whole = canonicalBody([body[...]], canonicalization)
        for first in 0...body.count {
            for second in first...body.count {
                let chunks = [body[..<first], body[first..<second], body[second...]]
                #expect(canonicalBody(chunks, canonicalization) == whole, "split at \(first) and \(second)")
            }
        }
        #expect(canonicalBody(body.indices.map { body[$0...$0] }, canonicalization) == whole)
    }

    /// The same rules told another way: line by line, over bytes that come at random from a few.
    @Test(arguments: Canonicalization.allCases)
    func agreesWithARuleByRuleReading(canonicalization: Canonicalization) {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<2_000 {
            let body = (0..<Int.random(in: 0...80, using: &random)).flatMap { _ in
                ["a", "bc", " ", "\t", "\r\n", "\r", "\n", "xxxxxxxxxxxxxxxxxxxxx", " y "].randomElement(
                    using: &random)?.utf8.map { $0 } ?? []
            }
            var chunks: [ArraySlice<UInt8>] = []
            var rest = body[...]
            while !rest.isEmpty {
                let chunk = rest.prefix(Int.random(in: 1...40, using: &random))
                chunks.append(chunk)
                rest = rest[chunk.endIndex...]
            }
            #expect(
                canonicalBody(chunks, canonicalization) == Self.reference(body, canonicalization), "\(body)")
        }
    }

    private static func reference(_ body: [UInt8], _ canonicalization: Canonicalization) -> [UInt8] {
        var lines: [[UInt8]] = [[]]
        var position = 0
        while position < body.count {
            if body[position] == 13, position + 1 < body.count, body[position + 1] == 10 {
                lines.append([])
                position += 2
            } else {
                lines[lines.count - 1].append(body[position])
                position += 1
            }
        }
        if canonicalization == .relaxed { lines = lines.map(reduce) }
        while lines.last?.isEmpty == true { lines.removeLast() }
        guard !lines.isEmpty else { return canonicalization == .simple ? [13, 10] : [] }
        return lines.flatMap { $0 + [13, 10] }
    }

    private static func reduce(_ line: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        for byte in line {
            let byte = byte == 9 ? 32 : byte
            if byte != 32 || result.last != 32 { result.append(byte) }
        }
        if result.last == 32 { result.removeLast() }
        return result
    }

    @Test(arguments: [
        (Canonicalization.simple, "frcCV1k9oG9oKj3dpUqdJg1PxRT2RSN/XKdLCPjaYaY="),
        (.relaxed, "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="),
    ])
    func emptyBodyHash(canonicalization: Canonicalization, hash: String) {
        // RFC 6376 3.4.3 and 3.4.4 give these with SHA-256.
        let bodyHash = BodyHasher(canonicalization).finish()
        #expect(Base64.encode(bodyHash.digest) == hash)
        #expect(bodyHash.length == (canonicalization == .simple ? 2 : 0))
    }

    @Test func aCopyOfAHasherGoesItsOwnWay() {
        var first = BodyHasher(.simple)
        first.update(Array("a".utf8))
        var second = first
        first.update(Array("b\r\n".utf8))
        second.update(Array("c\r\n".utf8))
        var whole = BodyHasher(.simple)
        whole.update(Array("ac\r\n".utf8))
        #expect(second.finish() == whole.finish())
        #expect(first.finish() != whole.finish())
    }

    @Test func blankLinesAreCountedNotStored() {
        var hasher = BodyHasher(.relaxed)
        hasher.update(Array("x".utf8))
        let blank = [UInt8](repeatElement([13, 10], count: 50_000).joined())
        for _ in 0..<20 { hasher.update(blank) }
        var collector = hasher
        collector.update(Array("y".utf8))
        #expect(hasher.finish().length == 3)
        #expect(collector.finish().length == 2_000_004)
    }
}
