// What goes into the queue and what comes out of it. Moments are milliseconds since 1970.
public import MailCore

/// Who handed a message in.
public struct Submitter: Hashable, Sendable {
    /// Nil where the kernel says nothing of the peer, as on TCP.
    public let userID: UInt32?
    public let groupID: UInt32?
    public let processID: Int32?
    /// Nil where this system does not know the number.
    public let userName: String?
    /// The socket and protocol it came by, for a person.
    public let source: String

    public init(userID: UInt32?, groupID: UInt32?, processID: Int32?, userName: String?, source: String) {
        self.userID = userID
        self.groupID = groupID
        self.processID = processID
        self.userName = userName
        self.source = source
    }
}

/// A prepared message that is to be stored, but for its body.
public struct NewMessage: Equatable, Sendable {
    /// The prepared header, each field ended by CRLF, without the empty line.
    public var header: [UInt8]
    public var envelope: Envelope
    public var account: String
    public var submitter: Submitter
    public var arrival: Int64
    /// Whether header or body hold bytes above 127, which a relay without 8BITMIME cannot take.
    public var is8Bit: Bool
    /// Whether a line of the body has more than the 998 bytes that SMTP allows (RFC 5321 4.5.3.1.6).
    public var hasLongLines: Bool
    /// When it is to be tried first; nil where somebody must ask for it.
    public var due: Int64?

    public init(
        header: [UInt8], envelope: Envelope, account: String, submitter: Submitter, arrival: Int64,
        is8Bit: Bool, hasLongLines: Bool = false, due: Int64?
    ) {
        self.header = header
        self.envelope = envelope
        self.account = account
        self.submitter = submitter
        self.arrival = arrival
        self.is8Bit = is8Bit
        self.hasLongLines = hasLongLines
        self.due = due
    }
}

/// A message in the queue with its recipients, without its content.
public struct QueuedMessage: Equatable, Sendable {
    public let id: QueueID
    public let reversePath: ReversePath
    public let account: String
    public let submitter: Submitter
    public let arrival: Int64
    public let is8Bit: Bool
    public let hasLongLines: Bool
    public let headerSize: Int
    public let bodySize: Int
    /// How often a delivery was attempted.
    public let attempts: Int
    /// When it is tried next; nil where nothing is tried by itself.
    public let due: Int64?
    /// In the order of the envelope, those already delivered included.
    public let recipients: [QueuedRecipient]

    /// The recipients that are still to be tried.
    public var pending: [QueuedRecipient] { recipients.filter { $0.state == .pending } }

    /// Header, empty line and body.
    public var size: Int { headerSize + 2 + bodySize }
}

/// A message whose time has come.
public struct DueMessage: Equatable, Sendable {
    public let id: QueueID
    public let account: String
}

/// One recipient of a queued message.
public struct QueuedRecipient: Equatable, Sendable {
    /// Delivered is for ever; failed stays visible until somebody has looked.
    public enum State: Int, Sendable { case pending, delivered, failed }

    /// Its place in the envelope, by which outcomes name it.
    public let index: Int
    public let address: EmailAddress
    public let state: State
    public let attempts: Int
    public let lastFailure: DeliveryFailure?
}

/// What became of one recipient in an attempt.
public struct RecipientOutcome: Equatable, Sendable {
    public enum Result: Equatable, Sendable {
        case delivered
        /// Still pending: it is tried again.
        case deferred(DeliveryFailure)
        case failed(DeliveryFailure)
    }

    /// The recipient's `index`.
    public let recipient: Int
    public let result: Result

    public init(recipient: Int, _ result: Result) {
        self.recipient = recipient
        self.result = result
    }
}

/// How many of a message's recipients are not delivered; with none the message has left the queue.
public struct Remaining: Equatable, Sendable {
    public let pending: Int
    public let failed: Int

    public var isEmpty: Bool { pending == 0 && failed == 0 }
}

/// Which messages an administrator means.
public enum QueueSelection: Hashable, Sendable {
    case all
    case message(QueueID)
}
