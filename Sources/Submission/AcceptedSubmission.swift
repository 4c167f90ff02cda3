// From the caller's parameters and the header it wrote to the envelope, the account and the header that
// is stored. No I/O. Throws SubmissionFailure.
internal import MailCore
internal import SmarthostConfiguration
internal import Spool
internal import SubmissionWire

struct AcceptedSubmission {
    let envelope: Envelope
    let account: Account
    /// As it is stored and, but for the signature, sent.
    let header: MessageHeader

    init(
        _ written: MessageHeader, _ request: SubmissionRequest, _ caller: Caller, _ office: SubmissionOffice
    ) throws(SubmissionFailure) {
        let requested = try Self.envelope(written, request, caller, office)
        let account = try Self.account(for: requested.reversePath, office.configuration)
        let domain = account.header.messageIDDomain ?? office.host.name
        let envelope = Self.applied(account.sender, to: requested, written, caller)
            .qualified(sender: domain, recipients: nil)
        try Self.checkRecipients(envelope, account)
        self.envelope = envelope
        self.account = account
        var preparation = Self.preparation(
            account, request, office, Self.messageIDDomain(account, envelope, domain))
        preparation.qualifyDomain = domain
        header = preparation.prepared(written, for: envelope)
    }

    /// The account's `domain`; else the sender's, which says more to receivers than a container's name.
    private static func messageIDDomain(_ account: Account, _ envelope: Envelope, _ domain: String) -> String
    {
        guard account.header.messageIDDomain == nil, case .address(let sender) = envelope.reversePath,
            let senderDomain = sender.domain, sender.isASCII
        else { return domain }
        return senderDomain
    }

    /// What the spool is given.
    func message(from caller: Caller, tally: LineEnds.Tally, arrival: Int64, due: Int64) -> NewMessage {
        let header = header.serialized
        return NewMessage(
            header: header, envelope: envelope, account: account.name,
            submitter: Submitter(
                userID: caller.userID, groupID: caller.groupID, processID: caller.processID,
                userName: caller.userName, source: "submission socket"),
            arrival: arrival, is8Bit: tally.hasEightBit || header.contains { $0 >= 0x80 },
            hasLongLines: tally.longestLine > 998, due: due)
    }

    private static func envelope(
        _ header: MessageHeader, _ request: SubmissionRequest, _ caller: Caller, _ office: SubmissionOffice
    ) throws(SubmissionFailure) -> Envelope {
        let fallback = EmailAddress(
            localPart: caller.userName ?? "uid-\(caller.userID)", domain: office.host.name)
        let user = caller.displayName
        let accountSender = office.configuration.defaultAccount?.sender.address?
            .reversePath(author: nil, user: user)
        let envelopeRequest = EnvelopeRequest(
            recipientArguments: request.recipients, readsRecipients: request.recipientsFromHeader,
            sender: request.reversePath, accountSender: accountSender, fallbackSender: .address(fallback),
            recipientLimit: office.configuration.daemon.maximumRecipients)
        do throws(SubmissionProblem) {
            return try envelopeRequest.envelope(for: header)
        } catch {
            throw SubmissionFailure(error)
        }
    }

    private static func account(
        for reversePath: ReversePath, _ configuration: Configuration
    ) throws(SubmissionFailure) -> Account {
        do throws(AccountSelectionFailure) {
            return try configuration.account(for: reversePath)
        } catch {
            throw .refused(.configuration, Verdict.Status(5, 3, 5), error.text)
        }
    }

    /// `allow_from_override off`: whatever the caller says, the account's own address is the reverse-path.
    private static func applied(
        _ rules: SenderRules, to envelope: Envelope, _ header: MessageHeader, _ caller: Caller
    ) -> Envelope {
        if rules.callerMayChoose { return envelope }
        let author = (header.first(named: "From")?.value).flatMap { try? AddressList(parsing: $0) }?.addresses
            .first
        guard let path = rules.address?.reversePath(author: author, user: caller.displayName) else {
            return envelope
        }
        return Envelope(reversePath: path, recipients: envelope.recipients)
    }

    /// A relay cannot know whose `root` is meant; a local Maildir takes every name.
    private static func checkRecipients(_ envelope: Envelope, _ account: Account) throws(SubmissionFailure) {
        if case .maildir = account.route { return }
        do throws(SubmissionProblem) { try envelope.requireDomains() } catch {
            throw SubmissionFailure(error)
        }
    }

    private static func preparation(
        _ account: Account, _ request: SubmissionRequest, _ office: SubmissionOffice, _ domain: String
    ) -> Preparation {
        let seconds = office.host.now() / 1000
        let name = request.fullName.map { String(printable: $0) } ?? account.sender.fullName
        var preparation = Preparation(
            date: DateTime(secondsSinceEpoch: Int(seconds), offsetSeconds: office.host.utcOffset(seconds)),
            domain: domain,
            uniqueToken: office.host.uniqueToken(), fullName: name)
        preparation.setsFrom =
            switch account.header.from {
            case .auto: .auto
            case .on: .on
            case .off: .off
            }
        preparation.setsTo =
            switch account.header.to {
            case .off: .off
            case .on: .on
            case .undisclosedRecipients: .undisclosedRecipients
            }
        preparation.addsDate = account.header.addsDate
        preparation.addsMessageID = account.header.addsMessageID
        preparation.removesBcc = account.header.removesBcc
        return preparation
    }
}
