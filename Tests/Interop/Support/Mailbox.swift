// A mailbox of Dovecot's, read where Dovecot stores it.

/// Each test has one of its own: `box01` … `box40` at example.test.
struct Mailbox {
    let address: String

    init(_ number: Int) { address = number < 10 ? "box0\(number)@example.test" : "box\(number)@example.test" }
    init(address: String) { self.address = address }

    private var folder: String {
        let parts = address.split(separator: "@")
        return "\(Laboratory.root)/var/mail/vhosts/\(parts[1])/\(parts[0])"
    }

    /// The paths of all messages.
    var files: [String] { Self.files(in: folder) }

    /// The messages of any Maildir.
    static func files(in maildir: String) -> [String] {
        ["new", "cur"].flatMap { part in
            namesOfFiles(in: "\(maildir)/\(part)").map { "\(maildir)/\(part)/\($0)" }
        }
    }

    /// Waits for the message with this Subject.
    func message(_ subject: String, within limit: Duration = .seconds(30)) async throws -> StoredMessage {
        try await eventually("the message \"\(subject)\" in \(address)", within: limit) { find(subject) }
    }

    func find(_ subject: String) -> StoredMessage? {
        files.lazy.compactMap { try? StoredMessage(file: $0) }.first { $0.values("Subject") == [subject] }
    }
}
