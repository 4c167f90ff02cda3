// Where encoded bytes go: into an array, or nowhere but into a sum.

protocol ByteSink {
    mutating func put(_ byte: UInt8)
    mutating func put(_ run: Span<UInt8>)
}

extension [UInt8]: ByteSink {
    mutating func put(_ byte: UInt8) { append(byte) }
    mutating func put(_ run: Span<UInt8>) { run.withUnsafeBytes { append(contentsOf: $0) } }
}

/// How many bytes there would be.
struct ByteCount: ByteSink {
    private(set) var value = 0

    mutating func put(_ byte: UInt8) { value += 1 }
    mutating func put(_ run: Span<UInt8>) { value += run.count }
}
