// What every target needs: the input as an array, choices taken from its end, splits to feed it in, and a
// way to say which promise was broken. A broken promise ends the program: libFuzzer writes the input down.

/// Calls the target with the input. The fuzzer wants 0.
public func run(
    _ start: UnsafePointer<UInt8>?, _ count: Int, _ target: ([UInt8]) throws -> Void
) -> CInt {
    do {
        try target(Array(UnsafeBufferPointer(start: start, count: count)))
    } catch {
        demand(false, "nothing is thrown here: \(error)")
    }
    return 0
}

/// Ends the program where a promise is broken.
public func demand(
    _ holds: Bool, _ promise: @autoclosure () -> String, file: StaticString = #fileID, line: UInt = #line
) {
    if !holds { fatalError("broken: \(promise())", file: file, line: line) }
}

extension [UInt8] {
    /// Takes the last byte as a choice, so that a seed file stays what it is but for its end.
    public mutating func popChoice() -> UInt8 { popLast() ?? 0 }

    /// The same bytes byte by byte, in pieces of seven, and in two pieces at a place that they choose.
    public var splits: [[ArraySlice<UInt8>]] {
        let middle = isEmpty ? 0 : reduce(0) { ($0 * 31 + Int($1)) % count }
        return [pieces(of: 1), pieces(of: 7), [self[..<middle], self[middle...]]]
    }

    private func pieces(of size: Int) -> [ArraySlice<UInt8>] {
        stride(from: 0, to: count, by: size).map { self[$0..<Swift.min($0 + size, count)] }
    }
}

/// Whether a text is fit for one line of a log: no control character, no line end of Unicode.
public func isOneLine(_ text: some StringProtocol) -> Bool {
    text.unicodeScalars.allSatisfy { $0.value >= 0x20 && !(0x7F...0x9F).contains($0.value) && !isLineEnd($0) }
}

private func isLineEnd(_ scalar: Unicode.Scalar) -> Bool { scalar.value == 0x2028 || scalar.value == 0x2029 }
