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

    /// Top to bottom.
    func fields(_ key: String) -> [HeaderField] { remaining[key] ?? [] }

    /// The fields that the entries of h= mean, in their order. An entry for which no field is left means none,
    /// which adds nothing to the hash (RFC 6376 5.4).
    consuming func take(_ keys: [String]) -> [HeaderField] { keys.compactMap { remaining[$0]?.popLast() } }

    /// By what a name is found, whatever its case.
    static func key(_ name: some Collection<UInt8>) -> String {
        String(unsafeUninitializedCapacity: name.count) { buffer in
            for (index, byte) in name.enumerated() { buffer[index] = ASCII.lowercased(byte) }
            return name.count
        }
    }
}

/// The hash that is signed (RFC 6376 3.7): the fields that h= means, each with its CRLF, then the signature's
/// own field with an empty b= and without one.
func headerDigest(
    of fields: [HeaderField], unsigned: HeaderField, _ canonicalization: Canonicalization
) -> [UInt8] {
    var input: [UInt8] = []
    input.reserveCapacity(fields.reduce(unsigned.bytes.count) { $0 + $1.bytes.count + 2 })
    for field in fields {
        canonicalization.append(field, to: &input)
        input.append(ASCII.cr)
        input.append(ASCII.lf)
    }
    canonicalization.append(unsigned, to: &input)
    return SHA256.digest(of: input)
}
