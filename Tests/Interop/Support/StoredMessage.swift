// A message as it lies in a Maildir, taken apart without the code that is tested. Line ends are LF.

struct StoredMessage {
    let path: String
    /// As they stand, folding included.
    let fields: [Field]
    let body: [UInt8]

    struct Field: Equatable, CustomStringConvertible {
        let name: String
        let bytes: [UInt8]

        var description: String { String(decoding: bytes, as: UTF8.self) }
        var value: String {
            let words = String(decoding: bytes.drop { $0 != UInt8(ascii: ":") }.dropFirst(), as: UTF8.self)
            return words.split { $0 == "\n" || $0 == " " || $0 == "\t" }.joined(separator: " ")
        }
    }

    init(file: String) throws {
        self.init(try readFile(file), path: file)
    }

    init(_ content: [UInt8], path: String = "") {
        self.path = path
        let lines = content.filter { $0 != UInt8(ascii: "\r") }
            .split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        var fields: [[UInt8]] = []
        let header = lines.prefix { !$0.isEmpty }
        for line in header {
            if let first = line.first, first == UInt8(ascii: " ") || first == UInt8(ascii: "\t"),
                !fields.isEmpty
            {
                fields[fields.count - 1] += [UInt8(ascii: "\n")] + line
            } else {
                fields.append(Array(line))
            }
        }
        self.fields = fields.map { bytes in
            Field(
                name: String(decoding: bytes.prefix { $0 != UInt8(ascii: ":") }, as: UTF8.self), bytes: bytes)
        }
        body = Array(lines.dropFirst(header.count + 1).joined(separator: [UInt8(ascii: "\n")]))
    }

    /// The unfolded values of a field, top first.
    func values(_ name: String) -> [String] {
        fields.filter { $0.name.lowercased() == name.lowercased() }.map(\.value)
    }

    /// The fields below the signature: those that the sender wrote and those that were added to them.
    var signedPart: [Field] {
        Array(fields.drop { $0.name != "DKIM-Signature" }.dropFirst())
    }

    /// What is not as it was written, but for what the smarthost adds below.
    func differences(from written: [UInt8], inBytes: Bool = true) -> [String] {
        let original = StoredMessage(written)
        let kept = signedPart.prefix(original.fields.count)
        var differences = zip(kept, original.fields).filter { inBytes ? $0 != $1 : $0.value != $1.value }
            .map { "\($0) instead of \($1)" }
        if kept.count < original.fields.count { differences.append("fields are missing") }
        differences += signedPart.dropFirst(original.fields.count).map(\.name)
            .filter { !["Date", "Message-ID"].contains($0) }.map { "added: \($0)" }
        if body != original.body {
            let common = zip(body, original.body).prefix { $0 == $1 }.count
            differences.append(
                "body of \(body.count) bytes instead of \(original.body.count), from \(common) on")
        }
        return differences
    }
}
