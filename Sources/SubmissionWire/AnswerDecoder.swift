// The client's side of the server's answer: output in pieces as it comes, then the verdict.
// Throws WireError for an answer that does not keep to the dialect.

public struct AnswerDecoder: Sendable {
    public enum Event: Equatable, Sendable {
        /// A piece for standard output, never empty.
        case output(ArraySlice<UInt8>)
        /// Once, the last event.
        case verdict(Verdict)
    }

    private var frames = FrameDecoder()
    private var isVerdict = false
    private var line: [UInt8] = []
    private var ended = false

    public init() {}

    /// Takes the next event off the front of `input`; nil when more bytes are needed.
    public mutating func next(_ input: inout ArraySlice<UInt8>) throws(WireError) -> Event? {
        while !ended, let frame = try frames.next(&input) {
            switch frame {
            case .header(let tag, _):
                guard tag == Tag.output.rawValue || tag == Tag.verdict.rawValue else {
                    throw .unknownTag(tag)
                }
                isVerdict = tag == Tag.verdict.rawValue
            case .payload(let piece, let isLast):
                if let event = try take(piece, isLast) { return event }
            }
        }
        return nil
    }

    private mutating func take(_ piece: ArraySlice<UInt8>, _ isLast: Bool) throws(WireError) -> Event? {
        guard isVerdict else { return piece.isEmpty ? nil : .output(piece) }
        line.append(contentsOf: piece)
        guard isLast else { return nil }
        ended = true
        return .verdict(try Verdict(line: line))
    }
}
