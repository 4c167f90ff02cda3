// Takes a body apart at its line ends, whatever chunks it comes in. Lines that begin with two dashes may be
// delimiters and come whole; all else comes in runs, so that a line may be as long as it likes.
internal import MailCore

struct LineSplitter {
    enum Piece {
        /// A run of the chunk, without a line end.
        case text(Range<Int>)
        /// A run that began in an earlier chunk.
        case carried([UInt8])
        /// A whole line that begins with two dashes.
        case dashes([UInt8])
        case lineEnd
    }

    /// A longer line is no delimiter (RFC 5322 2.1.1).
    private static let longestDelimiter = 998
    private static let dash = UInt8(ascii: "-")

    /// Whether the line so far is empty or may be a delimiter; what was read of it is in `collected`.
    private var isCollecting = true
    private var collected: [UInt8] = []
    /// A CR came last: the next byte says whether a line ends.
    private var holdsReturn = false
    /// A line end was read and follows the piece that was given last.
    private var owesLineEnd = false

    /// The next piece of the chunk; nil when there is no more until the next chunk.
    mutating func next(in chunk: Span<UInt8>, from position: inout Int) -> Piece? {
        if owesLineEnd { return endLine() }
        while isCollecting, position < chunk.count {
            if let piece = collect(chunk[position], at: &position) { return piece }
        }
        guard position < chunk.count else { return nil }
        return run(in: chunk, from: &position)
    }

    /// What is left at the end of the body.
    mutating func finish() -> [Piece] {
        var pieces: [Piece] = collected.isEmpty ? [] : [takeCollected()]
        if holdsReturn { pieces.append(.carried([ASCII.cr])) }
        self = LineSplitter()
        return pieces
    }

    private mutating func collect(_ byte: UInt8, at position: inout Int) -> Piece? {
        if holdsReturn {
            holdsReturn = false
            guard byte == ASCII.lf else {
                collected.append(ASCII.cr)
                return endCollecting()
            }
            position += 1
            guard !collected.isEmpty else { return endLine() }
            owesLineEnd = true
            return takeCollected()
        }
        if byte == ASCII.cr {
            holdsReturn = true
        } else if (byte == Self.dash || collected.count >= 2) && collected.count < Self.longestDelimiter {
            collected.append(byte)
        } else {
            return endCollecting()
        }
        position += 1
        return nil
    }

    private mutating func endCollecting() -> Piece? {
        isCollecting = false
        guard !collected.isEmpty else { return nil }
        defer { collected = [] }
        return .carried(collected)
    }

    private mutating func takeCollected() -> Piece {
        defer { collected = [] }
        return collected.count >= 2 ? .dashes(collected) : .carried(collected)
    }

    private mutating func endLine() -> Piece {
        owesLineEnd = false
        isCollecting = true
        return .lineEnd
    }

    /// The rest of a line that is no delimiter.
    private mutating func run(in chunk: Span<UInt8>, from position: inout Int) -> Piece? {
        if holdsReturn {
            holdsReturn = false
            guard chunk[position] == ASCII.lf else { return .carried([ASCII.cr]) }
            position += 1
            return endLine()
        }
        let start = position
        while position < chunk.count {
            if chunk[position] == ASCII.cr {
                guard position + 1 < chunk.count else { break }
                if chunk[position + 1] == ASCII.lf { break }
            }
            position += 1
        }
        if position > start { return .text(start..<position) }
        holdsReturn = position + 1 == chunk.count
        position += holdsReturn ? 1 : 2
        return holdsReturn ? nil : endLine()
    }
}
