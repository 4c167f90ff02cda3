// The client's side of the message itself: data frames and the end mark that counts them.

public struct MessageEncoder: Sendable {
    private var total: UInt64 = 0

    public init() {}

    /// The header of a data frame whose payload of `length` bytes, at most `Frame.maximumPayload`, follows.
    /// Written over the first `Frame.headerLength` bytes of `buffer`, so that the payload can be read
    /// straight behind it.
    public mutating func putDataHeader(_ length: Int, into buffer: inout [UInt8]) {
        precondition(length <= Frame.maximumPayload)
        total += UInt64(length)
        buffer[0] = Tag.data.rawValue
        for position in 1...4 {
            buffer[position] = UInt8(truncatingIfNeeded: length >> (8 * (4 - position)))
        }
    }

    /// One whole data frame.
    public mutating func data(_ payload: [UInt8]) -> [UInt8] {
        var frame = [UInt8](repeating: 0, count: Frame.headerLength) + payload
        putDataHeader(payload.count, into: &frame)
        return frame
    }

    /// The end mark; without it the daemon keeps nothing.
    public func end() -> [UInt8] {
        var frame: [UInt8] = []
        let bytes = (0..<endLength).map {
            UInt8(truncatingIfNeeded: total >> (8 * UInt64(endLength - 1 - $0)))
        }
        Frame.append(.end, bytes, to: &frame)
        return frame
    }
}
