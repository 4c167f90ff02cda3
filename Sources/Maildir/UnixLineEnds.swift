// CRLF to LF, as the pieces come.
internal import MailCore

/// Turns each CRLF into LF; a CR by itself is left as it is.
struct UnixLineEnds {
    private var endsWithCR = false

    mutating func convert(_ bytes: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count + 1)
        for byte in bytes {
            if endsWithCR && byte != ASCII.lf { result.append(ASCII.cr) }
            endsWithCR = byte == ASCII.cr
            if !endsWithCR { result.append(byte) }
        }
        return result
    }

    /// What was held back at the end.
    mutating func finish() -> [UInt8] {
        defer { endsWithCR = false }
        return endsWithCR ? [ASCII.cr] : []
    }
}
