// What these tests share: bytes from text, every way to split them, and numbers that repeat.

import MailCore

func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }
func text(_ bytes: some Collection<UInt8>) -> String { String(decoding: bytes, as: UTF8.self) }

/// The input whole, byte for byte, and cut in two at every place.
func everySplit(of input: [UInt8]) -> [[[UInt8]]] {
    [[input], input.map { [$0] }] + (0...input.count).map { [Array(input[..<$0]), Array(input[$0...])] }
}

func normalized(
    _ chunks: [[UInt8]], _ bareReturn: LineEnds.BareReturn = .blankInHeader
)
    -> (bytes: [UInt8], tally: LineEnds.Tally)
{
    var lineEnds = LineEnds(bareReturn: bareReturn)
    var output: [UInt8] = []
    for chunk in chunks { lineEnds.normalize(chunk.span, into: &output) }
    lineEnds.finish(into: &output)
    return (output, lineEnds.tally)
}

func split(
    _ chunks: [[UInt8]], limit: Int = MessageReader.defaultLimit
) throws(SubmissionProblem)
    -> (header: MessageHeader, body: [UInt8])
{
    var reader = MessageReader(limit: limit)
    var body: [UInt8] = []
    for chunk in chunks { try reader.read(chunk.span, body: &body) }
    try reader.finish(body: &body)
    return (reader.header ?? MessageHeader(fields: []), body)
}

func header(_ lines: String...) -> MessageHeader {
    MessageHeader(fields: lines.compactMap { HeaderField(bytes: $0.utf8) })
}

/// A linear congruential generator: the same numbers in every run.
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return state ^ (state >> 33)
    }

    /// Bytes of that alphabet, cut into chunks.
    mutating func chunks(of alphabet: String, count: Int) -> [[UInt8]] {
        let alphabet = Array(alphabet.utf8)
        var chunks: [[UInt8]] = [[]]
        for _ in 0..<count {
            chunks[chunks.count - 1].append(alphabet[Int.random(in: 0..<alphabet.count, using: &self)])
            if Int.random(in: 0..<7, using: &self) == 0 { chunks.append([]) }
        }
        return chunks
    }
}
