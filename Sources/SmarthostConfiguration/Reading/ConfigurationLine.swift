// The lines of an msmtprc: a key, blanks, and the rest as one argument that may stand in double quotes.
// Reports lines that cannot be read; what keys mean is decided elsewhere.

import MailCore

/// One line that says something.
struct ConfigurationLine: Equatable {
    let number: Int
    let key: String
    /// Without surrounding blanks and quotes. Bytes, since a password need not be UTF-8.
    let argument: [UInt8]
}

enum LineReader {
    static let maximumFileSize = 1 << 20
    static let maximumLineLength = 64 << 10

    /// The lines of a file, neither empty nor comments, in their order.
    static func lines(
        of bytes: [UInt8], file: String, reporting diagnostics: inout Diagnostics
    ) -> [ConfigurationLine] {
        guard bytes.count <= maximumFileSize else {
            diagnostics.error(.file(file), "is larger than 1 MiB, the most that is read")
            return []
        }
        // A byte order mark, as some editors write it.
        let text = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes[3...] : bytes[...]
        var result: [ConfigurationLine] = []
        for (index, line) in text.split(separator: ASCII.lf, omittingEmptySubsequences: false).enumerated() {
            do throws(LineFailure) {
                if let line = try read(line, number: index + 1) { result.append(line) }
            } catch {
                diagnostics.error(.line(file: file, number: index + 1), error.text)
            }
        }
        return result
    }

    /// One line without its LF; nil where it is empty or a comment.
    static func read(_ line: ArraySlice<UInt8>, number: Int) throws(LineFailure) -> ConfigurationLine? {
        let line = trimmed(line.last == ASCII.cr ? line.dropLast() : line)
        guard let first = line.first, first != UInt8(ascii: "#") else { return nil }
        guard line.count <= maximumLineLength else {
            throw LineFailure(
                text: "the line is longer than \(maximumLineLength) bytes, the most that is read")
        }
        if line.contains(where: { $0 < ASCII.space && $0 != ASCII.tab || $0 == 0x7F }) {
            throw LineFailure(text: "the line contains a control character; remove it")
        }
        let end = line.firstIndex(where: ASCII.isWhiteSpace) ?? line.endIndex
        guard let key = String(validating: line[..<end], as: UTF8.self) else {
            throw LineFailure(text: "the key is not UTF-8; keys are plain ASCII words")
        }
        return ConfigurationLine(number: number, key: key, argument: Array(unquoted(line[end...])))
    }

    /// Without blanks on both sides.
    static func trimmed(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        let start = bytes.drop(while: ASCII.isWhiteSpace)
        guard let last = start.lastIndex(where: { !ASCII.isWhiteSpace($0) }) else { return start.prefix(0) }
        return start[...last]
    }

    /// Without blanks, then without one pair of double quotes. Quotes inside stay: there is no escape.
    static func unquoted(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        let quote = UInt8(ascii: "\"")
        let text = trimmed(bytes)
        guard text.count >= 2, text.first == quote, text.last == quote else { return text }
        return text.dropFirst().dropLast()
    }

    static func unquoted(_ text: Substring) -> String {
        String(decoding: unquoted(Array(text.utf8)[...]), as: UTF8.self)
    }
}

/// A line that is not `key argument` at all.
struct LineFailure: Error { let text: String }
