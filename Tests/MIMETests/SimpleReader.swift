// A reader of MIME that shares nothing with what it checks: whole messages in memory, split by lines,
// decoded plainly. It gives the contents of all leaves in order.

import Foundation
import MIME
import MailCore
import Testing

/// One leaf: the fields of its header but for the encoding, and its decoded content.
struct DecodedLeaf: Equatable, CustomStringConvertible {
    var fields: [String]
    var content: [UInt8]

    var description: String { "\(fields) \(text(content))" }
}

enum SimpleReader {
    static func leaves(of message: Message) -> [DecodedLeaf] {
        leaves(message.header.fields.map { text($0.bytes) }, message.body, isMessage: true)
    }

    private static func leaves(
        _ fields: [String], _ body: [UInt8], isMessage: Bool, defaultType: String = "text/plain"
    ) -> [DecodedLeaf] {
        let type = value(of: "content-type", in: fields) ?? defaultType
        let kind = type.lowercased()
        let encoding = (value(of: "content-transfer-encoding", in: fields) ?? "7bit").lowercased()
        let isSealed = kind.hasPrefix("multipart/signed") || kind.hasPrefix("multipart/encrypted")
        if kind.hasPrefix("multipart/"), !isSealed, let boundary = boundary(in: type) {
            let inner = kind.hasPrefix("multipart/digest") ? "message/rfc822" : "text/plain"
            return parts(of: body, boundary: boundary).flatMap { part in
                let (fields, body) = splitPart(part)
                return leaves(fields, body, isMessage: false, defaultType: inner)
            }
        }
        if kind.hasPrefix("message/rfc822") {
            let (fields, body) = splitPart(body)
            return leaves(fields, body, isMessage: true)
        }
        return [DecodedLeaf(fields: lasting(fields, isMessage), content: decoded(body, encoding))]
    }

    /// The fields that encoding must not change. A message may get what makes it MIME.
    private static func lasting(_ fields: [String], _ isMessage: Bool) -> [String] {
        fields.filter { field in
            let name = field.prefix { $0 != ":" }.lowercased()
            if name == "content-transfer-encoding" { return false }
            return !isMessage
                || !(name == "mime-version" || field.hasPrefix("Content-Type: text/plain; charset="))
        }
    }

    /// The field's value without folds and comments.
    private static func value(of name: String, in fields: [String]) -> String? {
        guard let field = fields.first(where: { $0.lowercased().hasPrefix(name + ":") }) else { return nil }
        return String(field.drop { $0 != ":" }.dropFirst())
            .replacingOccurrences(of: "\r\n", with: "")
            .replacing(/\((\\.|[^()])*\)/, with: "")
            .replacing(/\s*([\/=;])\s*/) { String($0.output.1) }
            .trimmed
    }

    /// The last that looks like one; before it another parameter may say the same in quotes.
    private static func boundary(in type: String) -> String? {
        let pattern = /boundary=("(\\.|[^"])*"|[^;]*)/.ignoresCase()
        guard let match = type.matches(of: pattern).last else { return nil }
        let value = String(match.output.1)
        guard value.hasPrefix("\"") else { return value.trimmed }
        return String(value.dropFirst().dropLast()).replacing(/\\(.)/) { String($0.output.1) }
    }

    /// The parts between delimiters, without the line ends that belong to these.
    private static func parts(of body: [UInt8], boundary: String) -> [[UInt8]] {
        var parts: [[[UInt8]]] = []
        var isInPart = false
        for line in split(body) {
            let trimmed = text(line).trimmedAtEnd
            if trimmed == "--\(boundary)--" { break }
            if trimmed == "--\(boundary)" {
                isInPart = true
                parts.append([])
            } else if isInPart {
                parts[parts.count - 1].append(line)
            }
        }
        return parts.map { join($0) }
    }

    private static func splitPart(_ part: [UInt8]) -> ([String], [UInt8]) {
        var fields: [String] = []
        var rest = split(part)[...]
        while let line = rest.first {
            rest.removeFirst()
            if line.isEmpty { return (fields, join(Array(rest))) }
            if line.first == 0x20 || line.first == 0x09, !fields.isEmpty {
                fields[fields.count - 1] += "\r\n" + text(line)
            } else {
                fields.append(text(line))
            }
        }
        return (fields, [])
    }

    static func split(_ bytes: [UInt8]) -> [[UInt8]] {
        var lines: [[UInt8]] = [[]]
        var index = 0
        while index < bytes.count {
            if bytes[index] == 0x0D, index + 1 < bytes.count, bytes[index + 1] == 0x0A {
                lines.append([])
                index += 2
            } else {
                lines[lines.count - 1].append(bytes[index])
                index += 1
            }
        }
        return lines
    }

    private static func join(_ lines: [[UInt8]]) -> [UInt8] { Array(lines.joined(separator: [0x0D, 0x0A])) }

    private static func decoded(_ body: [UInt8], _ encoding: String) -> [UInt8] {
        switch encoding {
        case "base64":
            let digits = body.filter { $0 > 0x20 && $0 < 0x7F }
            return Base64.decode(digits) ?? body
        case "quoted-printable": return decodedQuotedPrintable(body)
        default: return body
        }
    }

    private static func decodedQuotedPrintable(_ body: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        let lines = split(body)
        for (number, line) in lines.enumerated() {
            var line = line[...]
            while line.last == 0x20 || line.last == 0x09 { line.removeLast() }
            let continues = line.last == UInt8(ascii: "=")
            if continues { line.removeLast() }
            while let byte = line.popFirst() {
                if byte == UInt8(ascii: "="), let code = UInt8(text(line.prefix(2)), radix: 16) {
                    result.append(code)
                    line = line.dropFirst(2)
                } else {
                    result.append(byte)
                }
            }
            if !continues, number < lines.count - 1 { result += [0x0D, 0x0A] }
        }
        return result
    }
}

extension String {
    fileprivate var trimmedAtEnd: String {
        var copy = self
        while copy.last == " " || copy.last == "\t" { copy.removeLast() }
        return copy
    }

    fileprivate var trimmed: String { String(trimmedAtEnd.drop { $0 == " " || $0 == "\t" }) }

}

/// That the message travels after encoding, has the size that was announced, needs no second encoding and
/// says what it said.
func expectFaithful(
    _ message: Message, for limits: MIME.TransportLimits, location: SourceLocation = #_sourceLocation
) {
    let (conversion, size) = convert(message, for: limits)
    guard case .encoded(let result) = conversion else { return }
    #expect(result.body.count == size, sourceLocation: location)
    let longest = SimpleReader.split(result.body).map(\.count).max() ?? 0
    #expect(longest <= limits.maximumLine, sourceLocation: location)
    if !limits.allows8Bit { #expect(result.body.allSatisfy { $0 < 128 }, sourceLocation: location) }
    #expect(hasOnlyCRLF(result.body), sourceLocation: location)
    #expect(convert(result, for: limits).result == .fits, sourceLocation: location)
    #expect(
        SimpleReader.leaves(of: result) == SimpleReader.leaves(of: message), sourceLocation: location)
}

private func hasOnlyCRLF(_ bytes: [UInt8]) -> Bool {
    let lineFeeds = SimpleReader.split(bytes).joined()
    return !lineFeeds.contains { $0 == 0x0D || $0 == 0x0A }
}
