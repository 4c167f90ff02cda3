// Which fields say how a message was sent again: the most recent block of Resent-* fields (RFC 5322
// 3.6.6). Nothing here throws.

extension MessageHeader {
    /// The topmost run of Resent-* fields. Any other field ends it, and so does one that the run has
    /// already, for each stands once in a block; nil where the message was not resent.
    public var resentBlock: Range<Int>? {
        guard let start = fields.firstIndex(where: \.isResent) else { return nil }
        var seen: Set<[UInt8]> = []
        var end = start
        while end < fields.count, fields[end].isResent,
            seen.insert(fields[end].name.map(ASCII.lowercased)).inserted
        {
            end += 1
        }
        return start..<end
    }

    /// The fields that name the recipients: the resent block's where it has any, else To, Cc and Bcc.
    var recipientFields: [HeaderField] {
        if let block = resentBlock {
            let resent = fields[block].filter { $0.isNamed(in: ["Resent-To", "Resent-Cc", "Resent-Bcc"]) }
            if !resent.isEmpty { return resent }
        }
        return fields.filter { $0.isNamed(in: ["To", "Cc", "Bcc"]) }
    }

    /// The fields that may name the author, the first to be asked first: the resent block's
    /// Resent-From, then From.
    var authorFields: [HeaderField] {
        let resent = resentBlock.map { fields[$0].filter { $0.isNamed("Resent-From") } } ?? []
        return resent + fields(named: "From")
    }
}

extension HeaderField {
    var isResent: Bool { ASCII.equalIgnoringCase(name.prefix(7), "Resent-".utf8) }

    func isNamed(in names: [String]) -> Bool { names.contains(where: isNamed) }
}
