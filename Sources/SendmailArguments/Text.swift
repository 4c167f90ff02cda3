// Bytes written like a string, for messages that name a path or an argument: these need not be UTF-8.

struct Text: ExpressibleByStringInterpolation, Sendable {
    struct StringInterpolation: StringInterpolationProtocol {
        var bytes: [UInt8] = []

        init(literalCapacity: Int, interpolationCount: Int) {}
        mutating func appendLiteral(_ literal: String) { bytes.append(contentsOf: literal.utf8) }
        mutating func appendInterpolation(_ text: [UInt8]) { bytes.append(contentsOf: text) }
        mutating func appendInterpolation(_ text: ArraySlice<UInt8>) { bytes.append(contentsOf: text) }
        mutating func appendInterpolation(_ text: String) { bytes.append(contentsOf: text.utf8) }
        mutating func appendInterpolation(_ text: Text) { bytes.append(contentsOf: text.bytes) }
        mutating func appendInterpolation(_ number: Int) { bytes.append(contentsOf: String(number).utf8) }
        /// As `ls` and `chmod` write a mode.
        mutating func appendInterpolation(mode: UInt32) {
            for shift: UInt32 in [9, 6, 3, 0] { bytes.append(0x30 + UInt8(mode >> shift & 7)) }
        }
    }

    let bytes: [UInt8]

    init(stringLiteral literal: String) { bytes = Array(literal.utf8) }
    init(stringInterpolation: StringInterpolation) { bytes = stringInterpolation.bytes }
}
