// Reads the parts of a DNS message one behind the other. Throws TextRecordFailure.Kind.unreadable where they
// go beyond the end or contradict themselves.

struct DNSReader {
    private let bytes: [UInt8]
    private(set) var position: Int

    init(_ bytes: [UInt8], at position: Int) {
        self.bytes = bytes
        self.position = position
    }

    mutating func byte() throws(TextRecordFailure.Kind) -> UInt8 {
        guard position < bytes.count else { throw .unreadable }
        defer { position += 1 }
        return bytes[position]
    }

    mutating func number() throws(TextRecordFailure.Kind) -> UInt16 {
        UInt16(try byte()) << 8 | UInt16(try byte())
    }

    mutating func skip(_ count: Int) throws(TextRecordFailure.Kind) {
        guard count <= bytes.count - position else { throw .unreadable }
        position += count
    }

    /// A TXT record's strings, each behind its length (RFC 1035 3.3.14).
    mutating func strings(_ length: Int) throws(TextRecordFailure.Kind) -> [[UInt8]] {
        var strings: [[UInt8]] = []
        let end = position + length
        while position < end {
            let start = position + 1
            try skip(Int(try byte()))
            guard position <= end else { throw .unreadable }
            strings.append(Array(bytes[start..<position]))
        }
        return strings
    }

    /// A name, which may end in another one's end (RFC 1035 4.1.4). That one must stand before it: so every
    /// way through the message ends.
    mutating func name() throws(TextRecordFailure.Kind) -> DNSName {
        var labels: [[UInt8]] = []
        var length = 1
        var reader = self
        var start = position
        var isAway = false
        while case let count = try reader.byte(), count > 0 {
            if count & 0xC0 == 0xC0 {
                let target = Int(count & 0x3F) << 8 | Int(try reader.byte())
                if !isAway { position = reader.position }
                isAway = true
                guard target < start else { throw .unreadable }
                (start, reader.position) = (target, target)
                continue
            }
            length += Int(count) + 1
            guard count <= 63, length <= DNSName.maximumLength else { throw .unreadable }
            let first = reader.position
            try reader.skip(Int(count))
            labels.append(Array(bytes[first..<reader.position]))
        }
        if !isAway { position = reader.position }
        return DNSName(labels: labels)
    }
}
