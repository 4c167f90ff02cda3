// The `tag=value; tag=value` grammar that signatures and key records share (RFC 6376 3.2). Reading one
// throws TagListError, whatever the bytes are; a list with an error in it counts for nothing.
import MailCore

/// Why bytes are no tag list; the description is part of a line for a person.
struct TagListError: Error, Equatable, CustomStringConvertible {
    let description: String
}

/// The tags in their order, with the places of their values.
struct TagList {
    private struct Tag {
        let name: String
        /// The value without the white space around it.
        let value: ArraySlice<UInt8>
        /// All that stands between the `=` and the `;` or the end.
        let extent: Range<Int>
    }

    private let tags: [Tag]

    /// Reads a list; a duplicate name makes it invalid (RFC 6376 3.2).
    init(_ bytes: ArraySlice<UInt8>) throws(TagListError) {
        var tags: [Tag] = []
        var names: Set<String> = []
        var rest = bytes
        while true {
            let spec = rest.prefix { $0 != UInt8(ascii: ";") }
            let isLast = spec.endIndex == rest.endIndex
            // The list may end with a semicolon, and a blank after it does no harm.
            if isLast, !tags.isEmpty, Self.trim(spec).isEmpty { break }
            let tag = try Self.parse(spec)
            guard names.insert(tag.name).inserted else {
                throw TagListError(description: "the tag \(tag.name)= stands twice")
            }
            tags.append(tag)
            if isLast { break }
            rest = rest[(spec.endIndex + 1)...]
        }
        self.tags = tags
    }

    /// The value of a tag, without the white space around it; names are case-sensitive.
    subscript(name: String) -> ArraySlice<UInt8>? { tags.first { $0.name == name }?.value }

    /// The value as text; nil where the tag lacks or is not UTF-8.
    func text(_ name: String) -> String? {
        self[name].flatMap { String(validating: $0, as: UTF8.self) }
    }

    /// The elements of a list between colons, without the white space around them.
    func list(_ name: String) -> [String]? {
        self[name]?.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
            .map { String(decoding: Self.trim($0), as: UTF8.self) }
    }

    /// The other tags by name, fit to be shown.
    func texts(except names: Set<String>) -> [String: String] {
        Dictionary(
            tags.filter { !names.contains($0.name) }.map { ($0.name, String(printable: $0.value)) },
            uniquingKeysWith: { first, _ in first })
    }

    /// Where a tag's value stands, the white space around it included.
    func extent(of name: String) -> Range<Int>? { tags.first { $0.name == name }?.extent }

    var firstName: String? { tags.first?.name }

    private static func parse(_ spec: ArraySlice<UInt8>) throws(TagListError) -> Tag {
        guard let equals = spec.firstIndex(of: UInt8(ascii: "=")) else {
            throw TagListError(description: "a tag without = in its list")
        }
        let name = trim(spec[..<equals])
        guard let first = name.first, isLetter(first), name.allSatisfy(isNameByte) else {
            throw TagListError(description: "a tag's name is not letters, digits and underscores")
        }
        let extent = spec[(equals + 1)...]
        let value = trim(extent)
        let text = String(decoding: name, as: UTF8.self)
        guard isValue(value) else {
            throw TagListError(description: "the value of \(text)= holds a byte that may not stand there")
        }
        return Tag(name: text, value: value, extent: extent.indices)
    }

    /// tag-value of RFC 6376 3.2: printable, with folding white space within; bytes above ASCII as
    /// RFC 8616 allows them.
    private static func isValue(_ value: ArraySlice<UInt8>) -> Bool {
        var position = value.startIndex
        while position < value.endIndex {
            let byte = value[position]
            if byte == ASCII.cr {
                // FWS: a line end must be followed by white space (RFC 6376 2.8).
                guard position + 2 < value.endIndex, value[position + 1] == ASCII.lf,
                    ASCII.isWhiteSpace(value[position + 2])
                else { return false }
                position += 2
            } else if byte < 0x21 && !ASCII.isWhiteSpace(byte) || byte == 0x7F {
                return false
            }
            position += 1
        }
        return true
    }

    private static func trim(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        guard let first = bytes.firstIndex(where: { !isFolding($0) }),
            let last = bytes.lastIndex(where: { !isFolding($0) })
        else { return bytes.prefix(0) }
        return bytes[first...last]
    }

    private static func isFolding(_ byte: UInt8) -> Bool {
        ASCII.isWhiteSpace(byte) || byte == ASCII.cr || byte == ASCII.lf
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(ASCII.lowercased(byte))
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        isLetter(byte) || ASCII.isDigit(byte) || byte == UInt8(ascii: "_")
    }
}
