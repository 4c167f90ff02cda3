// What these tests share: one message through inspection and encoding, and every way to split it.
// A relay without 8BITMIME is `sevenBit`, one with it `eightBit`.

import MIME
import MailCore

let sevenBit = TransportLimits(allows8Bit: false)
let eightBit = TransportLimits(allows8Bit: true)

func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }
func text(_ bytes: some Collection<UInt8>) -> String { String(decoding: bytes, as: UTF8.self) }

func header(_ lines: String...) -> MessageHeader {
    MessageHeader(fields: lines.compactMap { HeaderField(bytes: $0.utf8) })
}

/// The input whole, byte for byte, and cut in two at every place, of a long one near its ends.
func everySplit(of input: [UInt8]) -> [[[UInt8]]] {
    let places = (0...input.count).filter { $0 < 200 || $0 > input.count - 200 }
    return [[input], input.map { [$0] }] + places.map { [Array(input[..<$0]), Array(input[$0...])] }
}

struct Message: Equatable {
    var header: MessageHeader
    var body: [UInt8]

    init(header: MessageHeader, body: [UInt8]) {
        self.header = header
        self.body = body
    }

    init(_ bytes: [UInt8]) throws {
        var reader = MessageReader()
        body = []
        try reader.read(bytes.span, body: &body)
        try reader.finish(body: &body)
        header = reader.header ?? MessageHeader(fields: [])
    }

    var serialized: [UInt8] { header.serialized + bytes("\r\n") + body }
}

/// What becomes of a message.
enum Conversion: Equatable {
    case fits
    case encoded(Message)
    case refused(String)

    /// As the golden files hold it.
    func golden(of message: Message) -> [UInt8] {
        switch self {
        case .fits: message.serialized
        case .encoded(let result): result.serialized
        case .refused(let reason): bytes("\(reason)\n")
        }
    }
}

func convert(
    _ message: Message, for limits: TransportLimits, chunks: [[UInt8]]? = nil
) -> (result: Conversion, announcedSize: Int?) {
    let chunks = chunks ?? [message.body]
    var inspector = BodyInspector(header: message.header, limits: limits)
    for chunk in chunks { inspector.update(chunk.span) }
    switch inspector.finish() {
    case .fits: return (.fits, nil)
    case .refused(let failure): return (.refused("\(failure.enhanced) \(failure.text)"), nil)
    case .needs(let plan):
        var encoder = plan.makeEncoder()
        var body: [UInt8] = []
        for chunk in chunks { encoder.update(chunk.span, into: &body) }
        encoder.finish(into: &body)
        let result = Message(header: plan.header(message.header), body: body)
        return (.encoded(result), plan.encodedBodySize)
    }
}

/// A linear congruential generator: the same numbers in every run.
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return state ^ (state >> 33)
    }
}
