// Whether content may go on the wire as it is: lines end in CRLF, and no CR, LF or NUL stands alone
// (RFC 5321 2.3.8, 4.5.2; RFC 3030 3 for BDAT). A value fed in chunks of any split; it throws StrayByte.

/// A byte that no server must be sent where it stands.
public struct StrayByte: Error, Equatable, Sendable {
    public enum Kind: String, Sendable {
        case bareReturn = "a CR without LF"
        case bareFeed = "an LF without CR"
        case null = "a NUL"
    }

    public let kind: Kind
    /// Its place, counted from 0.
    public let offset: Int
}

/// Looks at content on its way; it changes nothing, since what is signed must stay as it is.
public struct WireBytes: Sendable {
    private var offset = 0
    private var endsInReturn = false

    public init() {}

    /// Takes note of the next chunk. A CR at its end is judged by the next one, or by `finish`.
    public mutating func check(_ chunk: Span<UInt8>) throws(StrayByte) {
        let found = chunk.withUnsafeBytes { stray(in: $0) }
        if let found { throw found }
        offset += chunk.count
    }

    /// The content has ended.
    public mutating func finish() throws(StrayByte) {
        if endsInReturn { throw StrayByte(kind: .bareReturn, offset: offset - 1) }
    }

    private mutating func stray(in bytes: UnsafeRawBufferPointer) -> StrayByte? {
        guard let first = bytes.first else { return nil }
        if endsInReturn, first != ASCII.lf { return StrayByte(kind: .bareReturn, offset: offset - 1) }
        var position = endsInReturn ? 1 : 0
        endsInReturn = false
        var eightBit = false
        while position < bytes.count {
            let stop = ByteScan.indexOfLineControl(in: bytes, from: position, eightBit: &eightBit)
            guard stop < bytes.count else { break }
            guard bytes[stop] == ASCII.cr else {
                return StrayByte(kind: bytes[stop] == 0 ? .null : .bareFeed, offset: offset + stop)
            }
            guard stop + 1 < bytes.count else {
                endsInReturn = true
                break
            }
            guard bytes[stop + 1] == ASCII.lf else {
                return StrayByte(kind: .bareReturn, offset: offset + stop)
            }
            position = stop + 2
        }
        return nil
    }
}
