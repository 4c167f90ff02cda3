// What a sender asks to be told about a message, as parameters of MAIL and RCPT (RFC 3461 4). It never
// throws: what would be too long for a parameter cannot be made, or is left out.
public import MailCore

/// A request for delivery status notifications.
public struct NotificationRequest: Equatable, Sendable {
    public enum Occasion: String, CaseIterable, Sendable {
        case success = "SUCCESS"
        case failure = "FAILURE"
        case delay = "DELAY"
    }

    public enum Wish: Equatable, Sendable {
        /// Not even of a failure.
        case never
        /// None of them is the same as no wish.
        case on(Set<Occasion>)
    }

    /// How much of the message a notification of failure has in it.
    public enum Extent: String, Sendable {
        case headers = "HDRS"
        case full = "FULL"
    }

    /// The sender's name for the message, which notifications repeat.
    public struct EnvelopeID: Hashable, Sendable {
        let encoded: String

        /// Nil where the text is empty, has other characters than printable ASCII, or takes more than 100
        /// characters as xtext (RFC 3461 4.4).
        public init?(_ text: String) {
            guard !text.isEmpty, text.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) else { return nil }
            encoded = xtext(text)
            if encoded.utf8.count > 100 { return nil }
        }
    }

    /// When to tell; nil leaves it to the relay, which tells of failures and perhaps of delays.
    public var wish: Wish?
    public var extent: Extent?
    public var envelopeID: EnvelopeID?
    /// The address that the sender wrote, for recipients whose address was rewritten since, by an alias say.
    /// The others are their own originals.
    public var originals: [EmailAddress: EmailAddress]

    public init(
        _ wish: Wish? = nil, extent: Extent? = nil, envelopeID: EnvelopeID? = nil,
        originals: [EmailAddress: EmailAddress] = [:]
    ) {
        self.wish = wish
        self.extent = extent
        self.envelopeID = envelopeID
        self.originals = originals
    }

    var mailParameters: [String] {
        [extent.map { "RET=\($0.rawValue)" }, envelopeID.map { "ENVID=\($0.encoded)" }].compactMap(\.self)
    }

    func recipientParameters(of address: EmailAddress) -> [String] {
        [notify, originalRecipient(originals[address] ?? address)].compactMap(\.self)
    }

    private var notify: String? {
        switch wish {
        case nil: return nil
        case .never: return "NOTIFY=NEVER"
        case .on(let occasions):
            let names = Occasion.allCases.filter(occasions.contains).map(\.rawValue)
            return names.isEmpty ? nil : "NOTIFY=" + names.joined(separator: ",")
        }
    }

    /// RFC 3461 4.2: at most 500 characters. A longer one is left out: it is a help and no condition.
    private func originalRecipient(_ address: EmailAddress) -> String? {
        let text = address.description
        let parameter =
            address.isASCII ? "ORCPT=rfc822;\(xtext(text))" : "ORCPT=utf-8;\(unicodeXtext(text))"
        return parameter.utf8.count - "ORCPT=".utf8.count <= 500 ? parameter : nil
    }
}

/// RFC 3461 4: every character that is not visible, `+` and `=` become `+` and two hexadecimal digits.
private func xtext(_ text: String) -> String {
    var result = ""
    for byte in text.utf8 {
        let isPlain = (0x21...0x7E).contains(byte) && byte != UInt8(ascii: "+") && byte != UInt8(ascii: "=")
        result += isPlain ? String(UnicodeScalar(byte)) : "+\(hexadecimal(UInt32(byte)))"
    }
    return result
}

/// RFC 6533 3, utf-8-addr-xtext: the same in ASCII for addresses of any script, `\x{E9}`.
private func unicodeXtext(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
        let isPlain = (0x21...0x7E).contains(scalar.value) && !"+=\\".unicodeScalars.contains(scalar)
        result += isPlain ? String(scalar) : "\\x{\(hexadecimal(scalar.value))}"
    }
    return result
}

private func hexadecimal(_ value: UInt32) -> String {
    let digits = String(value, radix: 16, uppercase: true)
    return digits.utf8.count < 2 ? "0" + digits : digits
}
