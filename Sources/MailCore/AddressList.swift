// Address lists as header fields and command lines hold them: RFC 5322 3.4 with the obsolete forms of
// 4.4 and the UTF-8 of RFC 6532. Throws AddressProblem, which says what is wrong and where.
//
// Accepted beyond the grammar, because programs write it: a bare local name (`root`), any run of words
// before `<…>` (`a@b <a@b>`), and dots anywhere in a local part (quoted again when it is sent).

/// One mailbox of a list.
public struct Mailbox: Hashable, Sendable {
    /// What stands before `<…>`, byte for byte; empty where there is nothing.
    public let phrase: [UInt8]
    public let address: EmailAddress
    /// Where in the list's bytes the local part ends, counted from its first byte.
    let endOfLocalPart: Int

    /// The phrase as a person reads it: quotes, folds and encoded words taken out.
    public var displayName: String { Phrase.text(of: phrase) }
}

/// The mailboxes of a list, those in groups among them, in their order.
public struct AddressList: Equatable, Sendable {
    /// What no list needs and only an attacker exceeds.
    public struct Limits: Sendable {
        public var mailboxes: Int
        public var commentDepth: Int

        public init(mailboxes: Int = 10_000, commentDepth: Int = 32) {
            self.mailboxes = mailboxes
            self.commentDepth = commentDepth
        }
    }

    public let mailboxes: [Mailbox]

    /// Parses a field's value or a command line's argument; a list may be empty.
    public init(parsing text: some Sequence<UInt8>, limits: Limits = Limits()) throws(AddressProblem) {
        var parser = AddressListParser(Array(text)[...], limits: limits)
        mailboxes = try parser.mailboxes()
    }

    public var addresses: [EmailAddress] { mailboxes.map(\.address) }
}

extension EmailAddress {
    /// The one address of an argument: `user@host`, `<user@host>` or `Name <user@host>`.
    public init(parsing text: some Sequence<UInt8>) throws(AddressProblem) {
        let bytes = Array(text)
        let mailboxes = try AddressList(parsing: bytes).mailboxes
        guard let mailbox = mailboxes.first else { throw AddressProblem(.noAddress, at: 0, of: bytes[...]) }
        guard mailboxes.count == 1 else { throw AddressProblem(.severalAddresses, at: 0, of: bytes[...]) }
        self = mailbox.address
    }
}

extension ReversePath {
    /// What `-f` is given: an address, or nothing or `<>` for the null reverse-path.
    public init(parsing text: some Sequence<UInt8>) throws(AddressProblem) {
        let bytes = Array(text)
        let trimmed = bytes.filter { !ASCII.isWhiteSpace($0) }
        let isNull = trimmed.isEmpty || trimmed == Array("<>".utf8)
        self = isNull ? .null : .address(try EmailAddress(parsing: bytes))
    }
}
