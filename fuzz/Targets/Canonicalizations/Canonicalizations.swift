// Canonicalization (RFC 6376 3.4): every split gives what a plain reading of the RFC gives, and what is
// canonical stays as it is.
import FuzzSupport
import MailCore

@testable import DKIMCore

@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    run(start, count) { bytes in
        for kind in Canonicalization.allCases {
            let canonical = canonicalBody([bytes[...]], kind)
            demand(canonical == plainBody(bytes, kind), "the body is what the RFC says")
            for split in bytes.splits {
                demand(canonicalBody(split, kind) == canonical, "a split changes nothing")
            }
            demand(canonicalBody([canonical[...]], kind) == canonical, "a canonical body stays so")
        }
        guard let field = HeaderField(bytes: bytes) else { return }
        demand(Canonicalization.simple.canonicalize(field) == field.bytes, "simple changes nothing")
        let relaxed = Canonicalization.relaxed.canonicalize(field)
        demand(relaxed == plainField(field), "the field is what the RFC says")
    }
}

private struct Collector: CanonicalSink {
    var bytes: [UInt8] = []
    mutating func append(_ run: Span<UInt8>) { run.withUnsafeBytes { bytes.append(contentsOf: $0) } }
}

private func canonicalBody(_ pieces: [ArraySlice<UInt8>], _ kind: Canonicalization) -> [UInt8] {
    var collector = Collector()
    var canonicalizer = BodyCanonicalizer(kind)
    for piece in pieces { canonicalizer.update(piece.span, into: &collector) }
    canonicalizer.finish(into: &collector)
    return collector.bytes
}

private let lineEnd = [ASCII.cr, ASCII.lf]

/// 3.4.3 and 3.4.4, line by line.
private func plainBody(_ bytes: [UInt8], _ kind: Canonicalization) -> [UInt8] {
    var lines = bytes.split(separator: lineEnd, omittingEmptySubsequences: false).map(Array.init)
    if kind == .relaxed { lines = lines.map { reduced($0, trimsStart: false) } }
    while lines.last?.isEmpty == true { lines.removeLast() }
    if lines.isEmpty { return kind == .simple ? lineEnd : [] }
    return lines.flatMap { $0 + lineEnd }
}

/// 3.4.2, without the CRLF at the end.
private func plainField(_ field: HeaderField) -> [UInt8] {
    var value: [UInt8] = []
    for (index, byte) in zip(field.value.indices, field.value) {
        let next = field.value[index...].dropFirst(2).first
        let isFold = field.value[index...].starts(with: lineEnd) && next.map(ASCII.isWhiteSpace) ?? true
        let endsFold =
            byte == ASCII.lf && index > field.value.startIndex && field.value[index - 1] == ASCII.cr
            && field.value[(index + 1)...].first.map(ASCII.isWhiteSpace) ?? true
        if !isFold, !endsFold { value.append(byte) }
    }
    return field.name.map(ASCII.lowercased) + [UInt8(ascii: ":")] + reduced(value, trimsStart: true)
}

/// Runs of white space as one blank, and none at the end.
private func reduced(_ line: [UInt8], trimsStart: Bool) -> [UInt8] {
    var result: [UInt8] = []
    for byte in line {
        guard ASCII.isWhiteSpace(byte) else {
            result.append(byte)
            continue
        }
        if result.last != ASCII.space { result.append(ASCII.space) }
    }
    if result.last == ASCII.space { result.removeLast() }
    if trimsStart, result.first == ASCII.space { result.removeFirst() }
    return result
}
