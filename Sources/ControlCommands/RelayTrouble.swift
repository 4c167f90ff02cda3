// The kinds of trouble that a beginner meets with a relay, told from a DeliveryFailure, and the exit code of each.
// Where the reply codes of two kinds are the same, the relay's own words decide.
internal import MailCore

enum RelayTrouble: CaseIterable {
    case nameNotFound, nameServer
    case portClosed, portFiltered, noConnection
    case silent, notSMTP, notWelcome
    case noSTARTTLS, wrongTLSPort, certificate, noTLS
    case credentials, loginFirst, noLogin
    case senderRefused, relayDenied, noSuchMailbox, greylisted, mailboxFull, tooBig
}

extension RelayTrouble {
    /// Nil for whatever needs no words of ours.
    init?(_ failure: DeliveryFailure) {
        let trouble =
            switch failure.phase {
            case .resolve: failure.enhanced == EnhancedStatusCode(4, 4, 4) ? Self.nameNotFound : .nameServer
            case .connect: Self.ofConnection(failure)
            case .greeting: Self.ofGreeting(failure)
            case .hello: Self.notWelcome
            case .startTLS: Self.noSTARTTLS
            case .tlsHandshake: Self.ofTLS(failure)
            case .authentication: Self.ofLogin(failure)
            case .mail, .recipient, .data, .endOfData: Self.ofMail(failure)
            case .configuration, .content, .reset, .signing, .storage: RelayTrouble?.none
            }
        guard let trouble else { return nil }
        self = trouble
    }

    private static func ofConnection(_ failure: DeliveryFailure) -> RelayTrouble {
        switch failure.cause {
        case .portClosed: .portClosed
        case .noAnswer: .portFiltered
        default: .noConnection
        }
    }

    /// Without a reply: what came was no SMTP (RFC 3463 X.5.0), or nothing came at all.
    private static func ofGreeting(_ failure: DeliveryFailure) -> RelayTrouble {
        if failure.reply != nil { return .notWelcome }
        return failure.enhanced.subject == 5 ? .notSMTP : .silent
    }

    private static func ofTLS(_ failure: DeliveryFailure) -> RelayTrouble {
        switch failure.cause {
        case .certificate: .certificate
        case .notTLS: .wrongTLSPort
        default: .noTLS
        }
    }

    /// RFC 4954 6: 530 asks for a login, 538 for TLS before it; 4yz is the relay's own trouble.
    private static func ofLogin(_ failure: DeliveryFailure) -> RelayTrouble {
        switch failure.reply?.code {
        case 530, 538: .loginFirst
        case let code? where code >= 500: .credentials
        default: .noLogin
        }
    }

    // MARK: The mail itself

    private static func ofMail(_ failure: DeliveryFailure) -> RelayTrouble? {
        let words = failure.reply?.text.lowercased() ?? ""
        func says(_ phrases: [String]) -> Bool { phrases.contains { words.contains($0) } }
        let detail = (failure.enhanced.subject, failure.enhanced.detail)
        if failure.phase != .mail, detail == (2, 2) || says(fullPhrases) { return .mailboxFull }
        if detail == (3, 4) || detail == (2, 3) || failure.reply?.code == 552 { return .tooBig }
        if failure.disposition == .transient { return isGreylisting(failure, words) ? .greylisted : nil }
        if says(senderPhrases) { return .senderRefused }
        switch failure.phase {
        case .mail: return isOfSender(failure) ? .senderRefused : nil
        case .recipient where says(relayPhrases): return .relayDenied
        case .recipient where failure.reply?.enhanced == EnhancedStatusCode(5, 1, 1) || says(unknownPhrases):
            return .noSuchMailbox
        default: return nil
        }
    }

    // As Postfix, Exim, Sendmail, Exchange and the large providers say it.
    private static let fullPhrases = ["mailbox full", "mailbox is full", "over quota", "mailbox quota"]
    private static let senderPhrases = ["sender address rejected", "send as", "not verified", "not owned by"]
    private static let relayPhrases = [
        "relay access denied", "relaying", "relay not permitted", "to relay", "relay denied", "not relay",
    ]
    private static let unknownPhrases = ["user unknown", "unknown user", "no such user", "does not exist"]

    /// Other 5yz replies to MAIL are about the command.
    private static func isOfSender(_ failure: DeliveryFailure) -> Bool {
        guard let code = failure.reply?.code else { return false }
        return [550, 551, 553, 554].contains(code) || failure.enhanced.subject == 7
    }

    /// RFC 6647 3 has no code of its own for it: 451 4.7.1 is usual, and the words are.
    private static func isGreylisting(_ failure: DeliveryFailure, _ words: String) -> Bool {
        if ["greylist", "graylist", "grey list", "grey-list"].contains(where: words.contains) { return true }
        return failure.reply?.code == 451 && failure.reply?.enhanced == EnhancedStatusCode(4, 7, 1)
    }
}

extension RelayTrouble {
    var headline: String {
        switch self {
        case .nameNotFound: "name not found"
        case .nameServer: "no answer from the name server"
        case .portClosed: "port closed"
        case .portFiltered: "port filtered"
        case .noConnection: "no connection"
        case .silent: "no mail server's greeting"
        case .notSMTP: "not a mail server"
        case .notWelcome: "not welcome"
        case .noSTARTTLS: "no STARTTLS"
        case .wrongTLSPort: "TLS on the wrong port"
        case .certificate: "certificate not accepted"
        case .noTLS: "no secure connection"
        case .credentials: "credentials wrong"
        case .loginFirst: "login wanted"
        case .noLogin: "login failed"
        case .senderRefused: "sender not permitted"
        case .relayDenied: "relay access denied"
        case .noSuchMailbox: "no such mailbox"
        case .greylisted: "greylisted"
        case .mailboxFull: "mailbox full"
        case .tooBig: "too big"
        }
    }

    /// What to do next, where the failure's own text does not say it.
    var advice: String? {
        switch self {
        case .nameServer: "see /etc/resolv.conf, and in a container its network"
        case .noConnection: "see this host's network, and in a container the container's"
        case .senderRefused:
            "set from to an address that this login may send as, and allow_from_override off if programs choose others"
        case .relayDenied:
            "the relay sends to others only for those it knows: set auth on, user and password, or have its operator "
                + "permit this host"
        case .noSuchMailbox: "check the address"
        case .greylisted:
            "it makes senders that it does not know wait: try again in some minutes (mail in the queue is tried again "
                + "by itself)"
        case .mailboxFull: "only the recipient can mend that"
        default: nil
        }
    }

    /// 67 for the recipient who does not exist, 65 for a message that no retry makes smaller, 77 for whom the
    /// relay does not permit, else 69.
    var exitCode: Int32 {
        switch self {
        case .credentials, .loginFirst, .noLogin, .senderRefused, .relayDenied: ExitCode.noPermission
        case .noSuchMailbox: ExitCode.noUser
        case .tooBig: ExitCode.data
        default: ExitCode.unavailable
        }
    }
}
