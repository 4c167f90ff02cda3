// A DKIM-Signature field being written: folded where RFC 6376 3.2 and 3.5 allow white space.

struct SignatureWriter: Sendable {
    private static let name = "DKIM-Signature"
    private static let maximumColumns = 78
    private var value = ""
    private var column = Self.name.utf8.count + 1

    /// A tag that cannot be split.
    mutating func tag(_ name: String, _ text: String) { place(" ", name + "=" + text + ";") }

    /// A list between colons, split after any of them.
    mutating func list(_ name: String, _ items: [String]) {
        for (index, item) in items.enumerated() {
            let end = index == items.count - 1 ? ";" : ":"
            if index == 0 { place(" ", name + "=" + item + end) } else { place("", item + end) }
        }
    }

    /// The field's value with an empty b=, as it is hashed. b= begins a line and is the last tag, so that
    /// the signature, once there, moves nothing.
    var unsigned: String { value + "\r\n b=" }

    /// The whole value.
    func signed(_ signature: String) -> String {
        var lines = unsigned
        var rest = signature.utf8[...]
        var room = Self.maximumColumns - " b=".utf8.count
        while !rest.isEmpty {
            lines += Substring(rest.prefix(room))
            rest = rest.dropFirst(room)
            room = Self.maximumColumns - 1
            if !rest.isEmpty { lines += "\r\n " }
        }
        return String(lines.dropFirst())
    }

    private mutating func place(_ separator: String, _ text: String) {
        let width = separator.utf8.count + text.utf8.count
        if column + width <= Self.maximumColumns {
            value += separator + text
            column += width
        } else {
            value += "\r\n " + text
            column = 1 + text.utf8.count
        }
    }
}
