// Which header fields a signature covers unless the configuration says otherwise, and why.
import MailCore

/// The fields that are signed, and those of them to which nobody may add another.
public struct SignedFields: Equatable, Sendable {
    /// Signed in every instance that the message has.
    public var signed: [String]
    /// Signed once more than the message has them, so that one added on the way breaks the signature
    /// (RFC 6376 8.15).
    public var oversigned: [String]

    public init(signed: [String] = Self.recommended, oversigned: [String] = Self.guarded) {
        self.signed = signed
        self.oversigned = oversigned
    }

    /// What RFC 6376 5.4.1 recommends, with what gives a body its meaning (MIME), what names the mail (RFC
    /// 8058 4 demands List-Unsubscribe-Post), and Feedback-ID, by which large receivers report.
    public static let recommended = [
        "From", "Sender", "Reply-To", "To", "Cc", "Subject", "Date", "Message-ID", "In-Reply-To",
        "References", "MIME-Version", "Content-Type", "Content-Transfer-Encoding", "Content-ID",
        "Content-Description", "Content-Disposition", "Resent-Date", "Resent-From", "Resent-Sender",
        "Resent-To", "Resent-Cc", "Resent-Message-ID", "List-Id", "List-Help", "List-Unsubscribe",
        "List-Unsubscribe-Post", "List-Subscribe", "List-Post", "List-Owner", "List-Archive",
        "Feedback-ID",
    ]

    /// The fields that a reader is shown or by which a body is read. Sender and List-* are not among
    /// them: a mailing list that leaves the message else alone may add them.
    public static let guarded = [
        "From", "Reply-To", "To", "Cc", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type",
        "Content-Transfer-Encoding",
    ]

    /// The names of h= for a message: From first, each as often as it is to be hashed.
    func names(for header: MessageHeader) -> [String] {
        let stack = FieldStack(header.fields)
        return all.flatMap { name in
            let guardCount = Self.contains(oversigned, name) || Self.isFrom(name) ? 1 : 0
            return Array(repeating: name, count: stack.count(name) + guardCount)
        }
    }

    /// RFC 6376 5.4 and 5.4.1: what relays change or remove, and the signatures themselves.
    func validate() throws(DKIMError) {
        for name in all {
            let isName = !name.isEmpty && name.utf8.allSatisfy(ASCII.isFieldName) && !name.contains(";")
            guard isName, !Self.contains(Self.unsignable, name) else { throw .unsignableField(name) }
        }
    }

    /// From, which must be signed (RFC 6376 5.4), then the others, each once.
    private var all: [String] {
        (["From"] + signed + oversigned).reduce(into: []) { names, name in
            if !Self.contains(names, name) { names.append(name) }
        }
    }

    private static func contains(_ names: [String], _ name: String) -> Bool {
        names.contains { ASCII.equalIgnoringCase($0.utf8, name.utf8) }
    }

    private static func isFrom(_ name: String) -> Bool { contains(["From"], name) }

    private static let unsignable = [
        "Return-Path", "Received", "Bcc", "Resent-Bcc", "DKIM-Signature", "Authentication-Results",
    ]
}
