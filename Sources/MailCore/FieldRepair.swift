// Repairs inside one header field that leave all its other bytes as they are. Nothing here throws.

extension HeaderField {
    /// The field with a blank for every control character but tabs and the CRLFs of folds: a bare CR
    /// or LF in a value would begin a new field for some readers of it.
    var withoutStrayControls: HeaderField {
        guard bytes.contains(where: ASCII.isControl) else { return self }
        let strays = bytes.indices.filter(isStrayControl)
        guard !strays.isEmpty else { return self }
        var mended = bytes
        for index in strays { mended[index] = ASCII.space }
        return HeaderField(bytes: mended) ?? self
    }

    private func isStrayControl(at index: Int) -> Bool {
        switch bytes[index] {
        case ASCII.tab: false
        case ASCII.cr: !isFold(at: index)
        case ASCII.lf: index == 0 || !isFold(at: index - 1)
        case let byte: ASCII.isControl(byte)
        }
    }

    private func isFold(at index: Int) -> Bool {
        index + 2 < bytes.count && bytes[index] == ASCII.cr && bytes[index + 1] == ASCII.lf
            && ASCII.isWhiteSpace(bytes[index + 2])
    }

    private static let addressFields = ["From", "Sender", "Reply-To", "To", "Cc", "Bcc"]

    /// The field with `@domain` put behind every bare local name, if it is one of addresses and can be
    /// read as such.
    func qualifyingNames(with domain: String) -> HeaderField {
        guard isNamed(in: Self.addressFields) || isNamed(in: Self.addressFields.map { "Resent-\($0)" }),
            let list = try? AddressList(parsing: value)
        else { return self }
        let ends = list.mailboxes.filter { $0.address.domain == nil }.map(\.endOfLocalPart)
        guard !ends.isEmpty else { return self }
        var qualified = Array(bytes[..<value.startIndex])
        var copied = value.startIndex
        for end in ends.map({ value.startIndex + $0 }) {
            qualified += bytes[copied..<end]
            qualified += "@\(domain)".utf8
            copied = end
        }
        return HeaderField(bytes: qualified + bytes[copied...]) ?? self
    }
}
