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

    /// What somebody has chosen; nil stands for what is usual. Where fewer are signed, fewer are guarded too.
    public init(choosing signed: [String]?, oversigned: [String]?) {
        let signed = signed ?? Self.recommended
        let guarded = Self.guarded.filter { name in
            signed.contains { ASCII.equalIgnoringCase($0.utf8, name.utf8) }
        }
        self.init(signed: signed, oversigned: oversigned ?? guarded)
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
}

/// The fields of a signer in the order of its h=: From, which must be signed (RFC 6376 5.4), then the
/// others, each name once. Made once, used for every message.
struct SigningPlan: Sendable {
    /// A field's key is by what it is found in a FieldStack.
    private var entries: [(name: String, key: String, isOversigned: Bool)] = []

    /// Refuses what relays change or remove, and the signatures themselves (RFC 6376 5.4 and 5.4.1).
    init(_ fields: SignedFields) throws(DKIMError) {
        var seen: Set<String> = []
        let oversigned = Set((["From"] + fields.oversigned).map { FieldStack.key($0.utf8) })
        for name in ["From"] + fields.signed + fields.oversigned {
            let key = FieldStack.key(name.utf8)
            let isName = !name.isEmpty && name.utf8.allSatisfy(ASCII.isFieldName) && !name.contains(";")
            guard isName, !Self.unsignable.contains(key) else { throw .unsignableField(name) }
            if seen.insert(key).inserted { entries.append((name, key, oversigned.contains(key))) }
        }
    }

    /// The names of h= for a message, each as often as it is signed, and the fields that they mean. From cannot
    /// be skipped.
    func selection(
        from stack: FieldStack, skipping skipped: [String]
    ) -> (names: [String], fields: [HeaderField]) {
        let skipped = Set(skipped.map { FieldStack.key($0.utf8) }).subtracting(["from"])
        var names: [String] = []
        var fields: [HeaderField] = []
        for entry in entries where skipped.isEmpty || !skipped.contains(entry.key) {
            let instances = stack.fields(entry.key)
            fields += instances.reversed()
            for _ in 0..<(instances.count + (entry.isOversigned ? 1 : 0)) { names.append(entry.name) }
        }
        return (names, fields)
    }

    private static let unsignable: Set = [
        "return-path", "received", "bcc", "resent-bcc", "dkim-signature", "authentication-results",
    ]
}
