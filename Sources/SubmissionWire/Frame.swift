// The framed dialect of the submission socket, version 1 (docs/wire.md has it in full):
//     client: "SMARTHOST/1\n", parameter frames, then `D` frames with the message, then `E`
//     server: any number of `O` frames, then one `V`, the verdict, then it closes
// A frame is one byte of tag, four bytes of length (big-endian), and the payload.
// This file: the tags, and frames as bytes.

/// The first byte of a frame.
public enum Tag: UInt8, Sendable {
    case command = 0x63  // c
    case argument = 0x61  // a
    case reversePath = 0x66  // f
    case fullName = 0x46  // F
    case recipient = 0x72  // r
    case recipientsFromHeader = 0x74  // t
    case deliveryMode = 0x64  // d
    case notify = 0x4E  // N
    case returnContent = 0x52  // R
    case envelopeID = 0x56  // V, from the client
    case bodyType = 0x42  // B
    case option = 0x4F  // O, from the client
    case data = 0x44  // D
    case end = 0x45  // E

    /// From the server the same two letters mean its answer.
    static let output = Tag.option
    static let verdict = Tag.envelopeID
}

/// Frames as bytes.
public enum Frame {
    public static let headerLength = 5
    public static let maximumPayload = 65_536
    /// The line that opens the dialect.
    public static let preamble = Array("SMARTHOST/1\n".utf8)

    /// Output for the client's standard output, in as many frames as it needs.
    public static func output(_ bytes: some Sequence<UInt8>) -> [UInt8] {
        var frames: [UInt8] = []
        var payload: [UInt8] = []
        for byte in bytes {
            payload.append(byte)
            if payload.count == maximumPayload {
                append(.output, payload, to: &frames)
                payload.removeAll(keepingCapacity: true)
            }
        }
        if !payload.isEmpty { append(.output, payload, to: &frames) }
        return frames
    }

    /// Appends one frame; the payload must not be longer than `maximumPayload`.
    static func append(_ tag: Tag, _ payload: [UInt8], to bytes: inout [UInt8]) {
        precondition(payload.count <= maximumPayload)
        bytes.append(tag.rawValue)
        for shift in [24, 16, 8, 0] { bytes.append(UInt8(truncatingIfNeeded: payload.count >> shift)) }
        bytes.append(contentsOf: payload)
    }
}
