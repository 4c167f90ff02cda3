// Which instance of a header field an entry of h= means: the lowest that no earlier entry has taken
// (RFC 6376 5.4.2).
import MailCore

/// The fields of a message by name, to be taken from the bottom up.
struct FieldStack {
    private var remaining: [String: [HeaderField]] = [:]

    init(_ fields: some Sequence<HeaderField>) {
        for field in fields {
            let key = String(decoding: field.name.map(ASCII.lowercased), as: UTF8.self)
            remaining[key, default: []].append(field)
        }
    }

    func count(_ name: String) -> Int { count(forKey: Self.key(name)) }

    func count(forKey key: String) -> Int { remaining[key]?.count ?? 0 }

    /// Nil where no field of that name is left, which adds nothing to the hash (RFC 6376 5.4).
    mutating func take(_ name: String) -> HeaderField? { remaining[Self.key(name)]?.popLast() }

    /// By what a name is found, whatever its case.
    static func key(_ name: String) -> String {
        String(decoding: name.utf8.map(ASCII.lowercased), as: UTF8.self)
    }
}

/// The hash that is signed (RFC 6376 3.7): the fields h= names, each with its CRLF, then the signature's
/// own field with an empty b= and without one.
func headerDigest(
    of names: [String], in fields: FieldStack, unsigned: HeaderField, _ canonicalization: Canonicalization
) -> [UInt8] {
    var stack = fields
    var hash = SHA256()
    for name in names {
        guard let field = stack.take(name) else { continue }
        hash.update(canonicalization.canonicalize(field) + [ASCII.cr, ASCII.lf])
    }
    hash.update(canonicalization.canonicalize(unsigned))
    return hash.digest()
}
