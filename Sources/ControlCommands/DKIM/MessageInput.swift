// A message on its way through a filter: every LF becomes CRLF, as it will on the wire, and the header
// comes off the body. Fed in chunks of any split; holds the header only. Throws CommandFailure for a header
// that is none.
import MailCore

struct MessageInput {
    private static let maximumHeader = 8 << 20

    /// Complete once the body began or `finish` was called.
    private(set) var header: MessageHeader?
    /// Whether the message came with CRLF: judged by its first line end.
    private(set) var usesCRLF: Bool?
    /// How many bytes of the input an mbox separator (`From …`) takes that stands before the header.
    private(set) var separatorLength = 0
    private var endsInCR = false
    private var buffer: [UInt8] = []
    private var scanned = 0

    /// Takes the next bytes and gives those of the body among them, with CRLF line ends.
    mutating func read(_ chunk: [UInt8]) throws -> [UInt8] {
        let bytes = convert(chunk)
        guard header == nil else { return bytes }
        buffer += bytes
        guard let end = endOfHeader() else {
            guard buffer.count <= Self.maximumHeader else {
                throw CommandFailure(ExitCode.data, "the message's header does not end within 8 MB")
            }
            return []
        }
        let body = Array(buffer[end.upperBound...])
        try parse(buffer[..<end.lowerBound])
        return body
    }

    /// Ends the message: one without an empty line is all header.
    mutating func finish() throws {
        guard header == nil else { return }
        try parse(buffer[...])
    }

    private mutating func convert(_ chunk: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(chunk.count + chunk.count / 32)
        var start = 0
        for index in chunk.indices where chunk[index] == ASCII.lf {
            let hasCR = index > 0 ? chunk[index - 1] == ASCII.cr : endsInCR
            if usesCRLF == nil { usesCRLF = hasCR }
            if hasCR { continue }
            result += chunk[start..<index]
            result += [ASCII.cr, ASCII.lf]
            start = index + 1
        }
        result += chunk[start...]
        if let last = chunk.last { endsInCR = last == ASCII.cr }
        return result
    }

    /// The empty line: the CRLF of the last field is left to the header.
    private mutating func endOfHeader() -> Range<Int>? {
        if buffer.starts(with: [ASCII.cr, ASCII.lf]) { return 0..<2 }
        let end = buffer[scanned...].firstRange(of: [ASCII.cr, ASCII.lf, ASCII.cr, ASCII.lf])
        scanned = max(0, buffer.count - 3)
        return end.map { ($0.lowerBound + 2)..<$0.upperBound }
    }

    private mutating func parse(_ bytes: ArraySlice<UInt8>) throws {
        var lines: [ArraySlice<UInt8>] = []
        var rest = bytes
        while let end = rest.firstRange(of: [ASCII.cr, ASCII.lf]) {
            lines.append(rest[..<end.lowerBound])
            rest = rest[end.upperBound...]
        }
        if !rest.isEmpty { lines.append(rest) }
        // `From : …` is a field in its obsolete form.
        if let first = lines.first, first.starts(with: "From ".utf8), HeaderField(bytes: first) == nil {
            separatorLength = first.count + (usesCRLF == false ? 1 : 2)
            lines.removeFirst()
        }
        header = MessageHeader(fields: try Self.fields(lines))
        buffer = []
    }

    private static func fields(_ lines: [ArraySlice<UInt8>]) throws -> [HeaderField] {
        var fields: [HeaderField] = []
        var unfinished: [UInt8] = []
        for (number, line) in lines.enumerated() {
            let isFolded = line.first.map(ASCII.isWhiteSpace) ?? false
            if isFolded, !unfinished.isEmpty {
                unfinished += [ASCII.cr, ASCII.lf] + line
            } else {
                guard !isFolded, HeaderField(bytes: line) != nil else {
                    throw CommandFailure(
                        ExitCode.data,
                        "line \(number + 1) of the header is not a field; is the empty line before the body missing?"
                    )
                }
                if let field = HeaderField(bytes: unfinished) { fields.append(field) }
                unfinished = Array(line)
            }
        }
        if let field = HeaderField(bytes: unfinished) { fields.append(field) }
        return fields
    }
}
