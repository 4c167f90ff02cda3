// Where the header ends and the body begins. A value fed with bytes whose line ends are CRLF already,
// in chunks of any split. Throws SubmissionProblem when the header is larger than its limit.
//
// What callers write is not always a message, so, as sendmail and Postfix do:
// - mbox separators (`From …`, `>From …`) at the very top are skipped;
// - the first line that cannot belong to a header field begins the body, and with it an empty line is
//   to be put between the two: a message may have no header at all;
// - a folded line at the top continues nothing, so it is body too; an empty first line ends an empty
//   header, for what follows it was not meant as one;
// - white space before a field's colon is accepted (RFC 5322 4.5) and kept, and so is a line of nothing
//   but white space inside a folded field (4.2).

/// Splits a message into its header and its body.
public struct MessageReader: Sendable {
    /// What a header may measure unless told otherwise.
    public static let defaultLimit = 1 << 20

    /// The header, once its end was seen. From then on all bytes are the body's and need not pass here.
    public private(set) var header: MessageHeader?
    private let limit: Int
    private var buffer: [UInt8] = []
    private var fields: [HeaderField] = []
    /// Where in the buffer the field that further lines may continue begins.
    private var fieldStart: Int?
    private var lineStart = 0
    private var scanned = 0

    public init(limit: Int = defaultLimit) { self.limit = limit }

    /// Takes the next bytes and appends to `body` those that belong there.
    public mutating func read(_ chunk: Span<UInt8>, body: inout [UInt8]) throws(SubmissionProblem) {
        guard header == nil else {
            chunk.withUnsafeBytes { body.append(contentsOf: $0) }
            return
        }
        chunk.withUnsafeBytes { buffer.append(contentsOf: $0) }
        while header == nil, let end = endOfLine() { try takeLine(end: end, body: &body) }
        if header == nil { try judgeLongLine(body: &body) }
    }

    /// Ends the message. The header is there afterwards, whatever was read.
    public mutating func finish(body: inout [UInt8]) throws(SubmissionProblem) {
        if header == nil, lineStart < buffer.count { try takeLine(end: buffer.count, body: &body) }
        if header == nil { endHeader(bodyStart: buffer.count, body: &body) }
    }

    private enum LineKind { case empty, field, continuation, separator, text }

    private mutating func endOfLine() -> Int? {
        let feed = buffer.withUnsafeBytes { ByteScan.index(of: ASCII.lf, in: $0, from: scanned) }
        scanned = min(feed + 1, buffer.count)
        return feed < buffer.count ? feed + 1 : nil
    }

    private mutating func takeLine(end: Int, body: inout [UInt8]) throws(SubmissionProblem) {
        let kind = kind(of: content(lineStart..<end))
        switch kind {
        case .empty: return endHeader(bodyStart: end, body: &body)
        case .text: return endHeader(bodyStart: lineStart, body: &body)
        case .field:
            closeField()
            fieldStart = lineStart
        case .continuation, .separator: break
        }
        guard end <= limit else { throw tooLarge }
        lineStart = end
    }

    /// A line that goes on beyond the limit is judged by its beginning, as if it were complete.
    private mutating func judgeLongLine(body: inout [UInt8]) throws(SubmissionProblem) {
        let line = buffer[lineStart...]
        guard buffer.count > limit, line.count >= Self.longestName else { return }
        guard kind(of: line) == .text else { throw tooLarge }
        endHeader(bodyStart: lineStart, body: &body)
    }

    private func kind(of line: ArraySlice<UInt8>) -> LineKind {
        guard let first = line.first else { return .empty }
        if ASCII.isWhiteSpace(first) { return fieldStart == nil ? .text : .continuation }
        if Self.beginsField(line) { return .field }
        if fieldStart == nil, line.drop(while: { $0 == UInt8(ascii: ">") }).starts(with: "From ".utf8) {
            return .separator
        }
        return .text
    }

    /// How far a colon is looked for: no name is longer than a line may be (RFC 5322 2.1.1).
    private static let longestName = 998

    private static func beginsField(_ line: ArraySlice<UInt8>) -> Bool {
        let rest = line.prefix(longestName).drop(while: ASCII.isFieldName)
        guard rest.startIndex > line.startIndex else { return false }
        return rest.drop(while: ASCII.isWhiteSpace).first == UInt8(ascii: ":")
    }

    private mutating func endHeader(bodyStart: Int, body: inout [UInt8]) {
        closeField()
        body += buffer[bodyStart...]
        header = MessageHeader(fields: fields)
        buffer = []
        fields = []
    }

    private mutating func closeField() {
        guard let start = fieldStart else { return }
        if let field = HeaderField(bytes: content(start..<lineStart)) { fields.append(field) }
        fieldStart = nil
    }

    /// The range's bytes without the line end.
    private func content(_ range: Range<Int>) -> ArraySlice<UInt8> {
        var bytes = buffer[range]
        if bytes.last == ASCII.lf { bytes.removeLast() }
        if bytes.last == ASCII.cr { bytes.removeLast() }
        return bytes
    }

    private var tooLarge: SubmissionProblem {
        SubmissionProblem(
            .data, EnhancedStatusCode(5, 3, 4),
            "the message's header is larger than \(limit) bytes; is the empty line after it missing?")
    }
}
