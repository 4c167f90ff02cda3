// The top level of a JSON object (RFC 8259), read strictly: what a token endpoint answers. Values that are objects
// or arrays themselves are checked and left out. Throws JSONProblem.

/// The members of an object.
struct JSONObject: Equatable {
    enum Value: Equatable {
        case string(String)
        /// As written.
        case number(String)
        case flag(Bool)
        case null
        /// An object or an array.
        case nested
    }

    private(set) var members: [String: Value] = [:]

    init(_ bytes: [UInt8]) throws(JSONProblem) {
        var reader = JSONReader(rest: bytes[...])
        members = try reader.object()
        try reader.end()
    }

    func string(_ name: String) -> String? {
        guard case .string(let text) = members[name] else { return nil }
        return text
    }
}

/// Why bytes are no such object.
enum JSONProblem: Error, Equatable { case malformed, tooDeep, repeated(String) }

/// A reader that goes forward only.
private struct JSONReader {
    var rest: ArraySlice<UInt8>
    private var depth = 0

    private static let depthAtMost = 8

    init(rest: ArraySlice<UInt8>) { self.rest = rest }

    mutating func object() throws(JSONProblem) -> [String: JSONObject.Value] {
        var members: [String: JSONObject.Value] = [:]
        try enter("{")
        defer { depth -= 1 }
        if take("}") { return members }
        repeat {
            skipBlanks()
            let name = try string()
            try expect(":")
            guard members.updateValue(try value(), forKey: name) == nil else { throw .repeated(name) }
        } while take(",")
        try expect("}")
        return members
    }

    mutating func end() throws(JSONProblem) {
        skipBlanks()
        if !rest.isEmpty { throw .malformed }
    }

    private mutating func value() throws(JSONProblem) -> JSONObject.Value {
        skipBlanks()
        switch rest.first {
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "{"):
            _ = try object()
            return .nested
        case UInt8(ascii: "["):
            try array()
            return .nested
        default: return try word()
        }
    }

    private mutating func array() throws(JSONProblem) {
        try enter("[")
        defer { depth -= 1 }
        if take("]") { return }
        repeat { _ = try value() } while take(",")
        try expect("]")
    }

    /// A number or one of the three names.
    private mutating func word() throws(JSONProblem) -> JSONObject.Value {
        let bytes = rest.prefix { !" \t\r\n,]}".utf8.contains($0) }
        rest = rest.dropFirst(bytes.count)
        let text = String(decoding: bytes, as: UTF8.self)
        switch text {
        case "true", "false": return .flag(text == "true")
        case "null": return .null
        default:
            guard Self.isNumber(text) else { throw .malformed }
            return .number(text)
        }
    }

    /// RFC 8259 6.
    private static func isNumber(_ text: String) -> Bool {
        var rest = Array(text.utf8)[...]
        func digits() -> Int { rest.prefix { (0x30...0x39).contains($0) }.count }
        if rest.first == UInt8(ascii: "-") { rest = rest.dropFirst() }
        let whole = digits()
        guard whole > 0, whole == 1 || rest.first != UInt8(ascii: "0") else { return false }
        rest = rest.dropFirst(whole)
        if rest.first == UInt8(ascii: ".") {
            rest = rest.dropFirst()
            let fraction = digits()
            guard fraction > 0 else { return false }
            rest = rest.dropFirst(fraction)
        }
        if let letter = rest.first, letter | 0x20 == UInt8(ascii: "e") {
            rest = rest.dropFirst()
            if let sign = rest.first, "+-".utf8.contains(sign) { rest = rest.dropFirst() }
            let exponent = digits()
            guard exponent > 0 else { return false }
            rest = rest.dropFirst(exponent)
        }
        return rest.isEmpty
    }

    // MARK: Strings

    private mutating func string() throws(JSONProblem) -> String {
        guard rest.popFirst() == UInt8(ascii: "\"") else { throw .malformed }
        var bytes: [UInt8] = []
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "\""):
                guard let text = String(validating: bytes, as: UTF8.self) else { throw .malformed }
                return text
            case UInt8(ascii: "\\"): bytes += try escaped()
            case 0..<0x20: throw .malformed
            default: bytes.append(byte)
            }
        }
        throw .malformed
    }

    private mutating func escaped() throws(JSONProblem) -> [UInt8] {
        switch rest.popFirst() {
        case UInt8(ascii: "n"): return [0x0A]
        case UInt8(ascii: "t"): return [0x09]
        case UInt8(ascii: "r"): return [0x0D]
        case UInt8(ascii: "b"): return [0x08]
        case UInt8(ascii: "f"): return [0x0C]
        case UInt8(ascii: "u"): return Array(String(Character(try scalar())).utf8)
        case let byte? where "\"\\/".utf8.contains(byte): return [byte]
        default: throw .malformed
        }
    }

    /// `\uXXXX`, or two of them that are a surrogate pair.
    private mutating func scalar() throws(JSONProblem) -> Unicode.Scalar {
        let high = try unit()
        if let scalar = Unicode.Scalar(high) { return scalar }
        guard UTF16.isLeadSurrogate(UInt16(high)), rest.popFirst() == UInt8(ascii: "\\"),
            rest.popFirst() == UInt8(ascii: "u")
        else { throw .malformed }
        let low = try unit()
        guard (0xDC00...0xDFFF).contains(low),
            let scalar = Unicode.Scalar(0x10000 + (high - 0xD800) << 10 + (low - 0xDC00))
        else { throw .malformed }
        return scalar
    }

    private mutating func unit() throws(JSONProblem) -> UInt32 {
        let digits = rest.prefix(4)
        rest = rest.dropFirst(digits.count)
        guard digits.count == 4, !digits.contains(UInt8(ascii: "+")), !digits.contains(UInt8(ascii: "-")),
            let unit = UInt32(String(decoding: digits, as: UTF8.self), radix: 16)
        else { throw .malformed }
        return unit
    }

    // MARK: Punctuation

    private mutating func enter(_ mark: Unicode.Scalar) throws(JSONProblem) {
        try expect(mark)
        depth += 1
        if depth > Self.depthAtMost { throw .tooDeep }
    }

    private mutating func expect(_ mark: Unicode.Scalar) throws(JSONProblem) {
        guard take(mark) else { throw .malformed }
    }

    private mutating func take(_ mark: Unicode.Scalar) -> Bool {
        skipBlanks()
        guard rest.first == UInt8(ascii: mark) else { return false }
        rest = rest.dropFirst()
        return true
    }

    private mutating func skipBlanks() { rest = rest.drop { " \t\r\n".utf8.contains($0) } }
}
