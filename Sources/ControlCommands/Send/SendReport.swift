// What `send` tells about a mail that was sent or was not, and the exit code that follows from it. Exit 75
// is never among them: it is for mail that is safe in the queue, and this one is in none.
internal import MailCore
internal import SMTPClient

struct SendReport {
    private let environment: CommandEnvironment

    init(_ environment: CommandEnvironment) { self.environment = environment }

    /// The session is ready for the mail.
    func opened(_ session: RelaySession, account: String) {
        let security = session.tlsSummary ?? "without TLS"
        print("account \(account): connected to \(session.route.endpoint), \(security)")
    }

    /// Tells each recipient's result.
    func finish(
        _ results: [RecipientResult], account: String, signedBy: [String]
    ) -> Int32 {
        let failures = results.compactMap(\.failure)
        if failures.count < results.count {
            for name in signedBy { print("signed: the key is looked up at \(name)") }
            if signedBy.isEmpty {
                print("not signed: no dkim section is for the domain of its From field")
            }
        }
        for result in results where result.failure == nil {
            let reply = result.reply.map { ": \($0)" } ?? ""
            print("<\(result.recipient)>: accepted for delivery by account \(account)\(reply)")
        }
        guard let worst = failures.first(where: { $0.disposition == .permanent }) ?? failures.first else {
            return ExitCode.success
        }
        var told: Set<String> = []
        for failure in failures where told.insert(failure.text).inserted {
            environment.complain("not sent: \(Self.sentence(failure))")
        }
        return Self.exitCode(for: worst, recipients: results.count)
    }

    /// Tells why there was not even an attempt.
    func explain(_ failure: DeliveryFailure, recipients: Int) -> Int32 {
        let text = Self.sentence(failure)
        environment.complain(failure.phase == .signing ? text : "not sent: \(text)")
        return Self.exitCode(for: failure, recipients: recipients)
    }

    private static func sentence(_ failure: DeliveryFailure) -> String {
        guard failure.mayHaveBeenDelivered else { return RelayAdvice.text(for: failure) }
        return "or perhaps it was: the connection was lost between the end of the message and the relay's "
            + "answer; look into the recipient's mailbox before you try again"
    }

    /// The trouble's own code, or 65 for a message that is refused for what it is, 77 for what the relay does
    /// not permit, 78 for what the configuration must mend, else 69.
    static func exitCode(for failure: DeliveryFailure, recipients: Int) -> Int32 {
        switch failure.phase {
        case .configuration, .signing: return ExitCode.configuration
        default: break
        }
        if let trouble = RelayTrouble(failure) {
            let isOneOfMany = trouble == .noSuchMailbox && recipients > 1
            return isOneOfMany ? ExitCode.unavailable : trouble.exitCode
        }
        guard failure.disposition == .permanent, failure.scope != .relay else { return ExitCode.unavailable }
        switch (failure.enhanced.subject, failure.enhanced.detail) {
        case (1, 1...3), (1, 6), (1, 10): return recipients == 1 ? ExitCode.noUser : ExitCode.unavailable
        case (1, 7...8), (7, _): return ExitCode.noPermission
        case (6, _): return ExitCode.data
        default: return ExitCode.unavailable
        }
    }

    /// The mail is sent, or not, whether or not anybody can read of it.
    private func print(_ line: String) { try? environment.print(line) }
}
