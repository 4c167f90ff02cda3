// What smarthostctl asks about the signing keys. The answers are made where the keys are: SigningAgent.
internal import MailCore
internal import MailLog
internal import SubmissionWire

/// The daemon's keeper of the signing keys, as submission sees it.
public protocol SigningAgent: Sendable {
    /// Makes the keys that are to follow those of a domain; the records to publish, for people.
    func rotateKeys(of domain: String, selector: String?) async throws(SigningRefusal) -> String
    /// Drops those that wait for the DNS.
    func cancelRotation(of domain: String) async throws(SigningRefusal) -> String
    /// Looks at the DNS and tells how it is with a domain's keys, or with all.
    func keyStatus(of domain: String?) async throws(SigningRefusal) -> String
    /// Messages that went out without a signature since the start.
    func unsignedMessages() async -> Int
}

/// Why there is no such answer.
public struct SigningRefusal: Error, Equatable, Sendable {
    public enum Kind: Sendable {
        /// What is asked for cannot be.
        case usage
        /// There is no such domain, or nothing to change.
        case unknown
        /// The system failed.
        case system
    }

    public let kind: Kind
    /// One line.
    public let text: String

    public init(_ kind: Kind, _ text: String) {
        self.kind = kind
        self.text = text
    }
}

extension SubmissionOffice {
    /// The answer to one of the three commands about keys: `DOMAIN [SELECTOR]`, `DOMAIN`, `[DOMAIN]`.
    func keyAnswer(
        _ request: SubmissionRequest, for caller: Caller
    ) async throws(SubmissionFailure) -> String {
        try requireAdministrator(caller)
        let words = request.arguments.map { String(decoding: $0, as: UTF8.self) }
        do throws(SigningRefusal) {
            if request.command == .keyStatus { return try await signing.keyStatus(of: words.first) }
            guard let domain = words.first else { throw SigningRefusal(.usage, "a domain is missing") }
            let by = ("by", Optional(caller.displayName))
            log(LogEvent(.info, request.command.text, [("domain", String(printable: domain.utf8)), by]))
            return request.command == .rotateKey
                ? try await signing.rotateKeys(of: domain, selector: words.dropFirst().first)
                : try await signing.cancelRotation(of: domain)
        } catch {
            throw SubmissionFailure(error)
        }
    }
}

extension SubmissionWire.Command {
    fileprivate var text: String {
        self == .rotateKey ? "key rotation asked for" : "end of key rotation asked for"
    }
}

extension SubmissionFailure {
    fileprivate init(_ refusal: SigningRefusal) {
        self =
            switch refusal.kind {
            case .usage: .refused(.usage, Verdict.Status(5, 5, 4), refusal.text)
            case .unknown: .refused(.dataError, Verdict.Status(5, 5, 4), refusal.text)
            case .system: .refused(.osError, Verdict.Status(4, 3, 0), refusal.text)
            }
    }
}
