// From what a caller says and what the header holds to the envelope. Throws SubmissionProblem, which
// names the argument or the field and the column in it.

/// What a caller asks for, by a sendmail command line or by sending nothing but a message.
public struct EnvelopeRequest: Sendable {
    /// The command line's recipients, each an address list.
    public var recipientArguments: [[UInt8]]
    /// `-t`: the header's recipients are added to them.
    public var readsRecipients: Bool
    /// What `-f` was given; nil without it.
    public var sender: [UInt8]?
    /// The account's `from`, for a message whose header names no author.
    public var accountSender: ReversePath?
    /// The address of last resort, user@hostname.
    public var fallbackSender: ReversePath
    public var recipientLimit: Int

    public init(
        recipientArguments: [[UInt8]] = [], readsRecipients: Bool, sender: [UInt8]? = nil,
        accountSender: ReversePath? = nil, fallbackSender: ReversePath, recipientLimit: Int = 10_000
    ) {
        self.recipientArguments = recipientArguments
        self.readsRecipients = readsRecipients
        self.sender = sender
        self.accountSender = accountSender
        self.fallbackSender = fallbackSender
        self.recipientLimit = recipientLimit
    }

    /// The envelope of a message with that header. Recipients stand in the order in which they were
    /// named, arguments first, each once; a name without domain is left as it is.
    public func envelope(for header: MessageHeader) throws(SubmissionProblem) -> Envelope {
        let recipients = try recipients(header)
        guard !recipients.isEmpty else { throw noRecipients }
        return Envelope(reversePath: try reversePath(header), recipients: recipients)
    }

    private func recipients(_ header: MessageHeader) throws(SubmissionProblem) -> [EmailAddress] {
        var recipients: [EmailAddress] = []
        var seen: Set<EmailAddress> = []
        for argument in recipientArguments {
            let place = Place.argument(argument)
            try add(addresses(argument, place), to: &recipients, &seen)
        }
        for field in readsRecipients ? header.recipientFields : [] {
            try add(addresses(field.value, .recipients(field)), to: &recipients, &seen)
        }
        return recipients
    }

    private func add(
        _ addresses: [EmailAddress], to recipients: inout [EmailAddress], _ seen: inout Set<EmailAddress>
    ) throws(SubmissionProblem) {
        recipients += addresses.filter { seen.insert($0.deliveryKey).inserted }
        guard recipients.count <= recipientLimit else {
            throw SubmissionProblem(
                .data, EnhancedStatusCode(5, 5, 3),
                "more than \(recipientLimit) recipients; send the message in several parts")
        }
    }

    /// msmtp's rule for --read-envelope-from, after `-f` and before the account's own address.
    private func reversePath(_ header: MessageHeader) throws(SubmissionProblem) -> ReversePath {
        if let sender {
            do { return try ReversePath(parsing: sender) } catch {
                throw SubmissionProblem(
                    .usage, EnhancedStatusCode(5, 1, 7), "the sender given with -f has \(error)")
            }
        }
        for field in header.authorFields {
            // An unquoted comma in a display name makes a mailbox of the part before it, without a domain.
            let authors = try addresses(field.value, .author(field))
            if let author = authors.first(where: { $0.domain != nil }) ?? authors.first {
                return .address(author)
            }
        }
        return accountSender ?? fallbackSender
    }

    private enum Place {
        case argument([UInt8])
        case recipients(HeaderField)
        case author(HeaderField)

        func problem(_ error: AddressProblem) -> SubmissionProblem {
            switch self {
            case .argument(let argument):
                SubmissionProblem(
                    .usage, EnhancedStatusCode(5, 1, 3),
                    "the recipient argument \"\(String(printable: argument.prefix(80)))\" has \(error)")
            case .recipients(let field): Self.problem(error, in: field, EnhancedStatusCode(5, 1, 3))
            case .author(let field): Self.problem(error, in: field, EnhancedStatusCode(5, 1, 7))
            }
        }

        private static func problem(
            _ error: AddressProblem, in field: HeaderField, _ enhanced: EnhancedStatusCode
        ) -> SubmissionProblem {
            let name = String(printable: field.name.prefix(80))
            let error = error.shifted(by: field.value.startIndex)
            return SubmissionProblem(.data, enhanced, "the \(name) field has \(error)")
        }
    }

    private func addresses(
        _ text: some Sequence<UInt8>, _ place: Place
    ) throws(SubmissionProblem) -> [EmailAddress] {
        do {
            return try AddressList(parsing: text, limits: .init(mailboxes: recipientLimit)).addresses
        } catch {
            throw place.problem(error)
        }
    }

    private var noRecipients: SubmissionProblem {
        SubmissionProblem(
            .usage, EnhancedStatusCode(5, 5, 4),
            readsRecipients
                ? "no recipients: the message has none in To, Cc or Bcc, and none were given as arguments"
                : "no recipients: give them as arguments, or use -t to take them from To, Cc and Bcc")
    }
}

extension Envelope {
    /// The envelope with names without domain completed, each kind by its own domain.
    public func qualified(sender: String?, recipients domain: String?) -> Envelope {
        var seen: Set<EmailAddress> = []
        let qualified = recipients.map { $0.qualified(with: domain) }
        return Envelope(
            reversePath: reversePath.qualified(with: sender),
            recipients: qualified.filter { seen.insert($0.deliveryKey).inserted })
    }
}

extension Envelope {
    /// Refuses a recipient that is still without domain, for deliveries that need one.
    public func requireDomains() throws(SubmissionProblem) {
        guard let bare = recipients.first(where: { $0.domain == nil }) else { return }
        throw SubmissionProblem(
            .noSuchUser, EnhancedStatusCode(5, 1, 3),
            "the recipient \"\(bare)\" has no domain, and the relay cannot know whom it means; "
                + "write \(bare)@ and the domain")
    }
}

extension ReversePath {
    /// The same path, with that domain where its address has none.
    public func qualified(with domain: String?) -> ReversePath {
        guard case .address(let address) = self else { return self }
        return .address(address.qualified(with: domain))
    }
}
