// The daemon's side of the framed dialect, after the preamble: bytes in any pieces go in, the request,
// the message's bytes as they come, and the end come out. Holds the parameters, never the message.
// Throws WireError; after that, or when the connection ends with `isComplete` false, nothing may be stored.

public struct SubmissionDecoder: Sendable {
    public enum Event: Equatable, Sendable {
        /// Once, before anything else.
        case request(SubmissionRequest)
        /// A piece of the message, never empty.
        case data(ArraySlice<UInt8>)
        /// Once: all of it came.
        case end
    }

    private enum Phase { case parameters, message, ended }

    private var phase = Phase.parameters
    private var frames = FrameDecoder()
    private var collector = RequestCollector()
    private var takesData = false
    /// The frame that is being read, and its payload unless it is message data.
    private var tag = Tag.end
    private var payload: [UInt8] = []
    /// Bytes of message data seen.
    private var total: UInt64 = 0

    public init() {}

    /// Whether the end mark came: only then is the submission whole.
    public var isComplete: Bool { phase == .ended }

    /// Takes the next event off the front of `input`; nil when more bytes are needed.
    /// After `.end` nothing more is taken.
    public mutating func next(_ input: inout ArraySlice<UInt8>) throws(WireError) -> Event? {
        while phase != .ended, let frame = try frames.next(&input) {
            switch frame {
            case .header(let tag, let length):
                if let event = try begin(tag, length) { return event }
            case .payload(let piece, let isLast):
                if let event = try take(piece, isLast) { return event }
            }
        }
        return nil
    }

    private mutating func begin(_ byte: UInt8, _ length: Int) throws(WireError) -> Event? {
        guard let tag = Tag(rawValue: byte) else { throw .unknownTag(byte) }
        self.tag = tag
        payload = []
        let isParameter = tag != .data && tag != .end
        if tag == .end, length != endLength { throw .wrongTotal }
        if isParameter {
            guard phase == .parameters else { throw .parameterAfterData(tag: byte) }
            try collector.reserve(length)
            return nil
        }
        let event = try beginMessage()
        if tag == .data, !takesData { throw .unexpectedData }
        return event
    }

    /// The first frame that is no parameter completes the request.
    private mutating func beginMessage() throws(WireError) -> Event? {
        guard phase == .parameters else { return nil }
        phase = .message
        let request = try collector.complete()
        collector = RequestCollector()
        takesData = request.command == .submit
        return .request(request)
    }

    private mutating func take(_ piece: ArraySlice<UInt8>, _ isLast: Bool) throws(WireError) -> Event? {
        if tag == .data {
            total += UInt64(piece.count)
            return piece.isEmpty ? nil : .data(piece)
        }
        payload.append(contentsOf: piece)
        guard isLast else { return nil }
        guard tag == .end else {
            try collector.take(tag, payload)
            return nil
        }
        guard payload.reduce(0, { $0 << 8 | UInt64($1) }) == total else { throw .wrongTotal }
        phase = .ended
        return .end
    }
}

/// The end mark's payload: the number of data bytes, eight bytes long.
let endLength = 8
