// Takes a stream apart into frames, whatever pieces it comes in. Holds five bytes and nothing of the payload.
// Throws WireError.frameTooLong.

struct FrameDecoder: Sendable {
    enum Event {
        case header(tag: UInt8, length: Int)
        /// Follows each header at least once, also for an empty payload.
        case payload(ArraySlice<UInt8>, isLast: Bool)
    }

    private var header: [UInt8] = []
    /// Payload bytes still to come; nil between frames.
    private var remaining: Int?

    /// Takes the next event off the front of `input`; nil when more bytes are needed.
    mutating func next(_ input: inout ArraySlice<UInt8>) throws(WireError) -> Event? {
        if let remaining { return payload(remaining, &input) }
        while header.count < Frame.headerLength {
            guard let byte = input.popFirst() else { return nil }
            header.append(byte)
        }
        let length = header.dropFirst().reduce(0) { $0 << 8 | Int($1) }
        let tag = header[0]
        header.removeAll(keepingCapacity: true)
        guard length <= Frame.maximumPayload else { throw .frameTooLong(tag: tag, length: length) }
        remaining = length
        return .header(tag: tag, length: length)
    }

    private mutating func payload(_ expected: Int, _ input: inout ArraySlice<UInt8>) -> Event? {
        guard expected == 0 || !input.isEmpty else { return nil }
        let piece = input.prefix(expected)
        input = input.dropFirst(piece.count)
        let isLast = piece.count == expected
        remaining = isLast ? nil : expected - piece.count
        return .payload(piece, isLast: isLast)
    }
}
