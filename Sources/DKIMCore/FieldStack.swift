// Which instance of a header field an entry of h= means: the lowest that no earlier entry has taken
// (RFC 6376 5.4.2).
import MailCore

/// The fields of a message by name, to be taken from the bottom up.
struct FieldStack {
    private var remaining: [String: [HeaderField]] = [:]

    init(_ fields: some Sequence<HeaderField>) {
        for field in fields { remaining[Self.key(field.name), default: []].append(field) }
    }

    func count(_ key: String) -> Int { remaining[key]?.count ?? 0 }

    /// Nil where no field of that name is left, which adds nothing to the hash (RFC 6376 5.4).
    mutating func take(_ key: String) -> HeaderField? { remaining[key]?.popLast() }

    /// By what a name is found, whatever its case.
    static func key(_ name: some Collection<UInt8>) -> String {
        String(unsafeUninitializedCapacity: name.count) { buffer in
            for (index, byte) in name.enumerated() { buffer[index] = ASCII.lowercased(byte) }
            return name.count
        }
    }
}

/// The hash that is signed (RFC 6376 3.7): the fields h= names, each with its CRLF, then the signature's
/// own field with an empty b= and without one. The names are those that FieldStack knows.
func headerDigest(
    of keys: [String], in fields: FieldStack, unsigned: HeaderField, _ canonicalization: Canonicalization
) -> [UInt8] {
    var stack = fields
    var input: [UInt8] = []
    input.reserveCapacity(4096)
    for key in keys {
        guard let field = stack.take(key) else { continue }
        canonicalization.append(field, to: &input)
        input.append(ASCII.cr)
        input.append(ASCII.lf)
    }
    canonicalization.append(unsigned, to: &input)
    return SHA256.digest(of: input)
}
