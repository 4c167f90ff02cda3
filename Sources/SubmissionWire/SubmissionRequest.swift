// Everything a client says before the message: the command and its parameters, as the caller gave them.
// Nothing is parsed or judged here. `encoded` throws WireError.frameTooLong for a parameter over 64 KiB.

/// What the daemon is asked to do.
public enum Command: Hashable, Sendable {
    /// A message follows.
    case submit
    /// The queue as `mailq` prints it.
    case mailq
    /// Try everything in the queue now.
    case flush
    /// The queue as a table; one message of it; remove one.
    case queue, show, delete
    /// The daemon's own state.
    case status
    /// A signing key's successor: make it, drop it, tell how it is.
    case rotateKey, cancelRotation, keyStatus
    /// A word this version does not know; the daemon answers it with EX_USAGE.
    case other([UInt8])

    private static var known: [(Command, String)] {
        [
            (.submit, "submit"), (.mailq, "mailq"), (.flush, "flush"), (.queue, "queue"),
            (.show, "show"), (.delete, "delete"), (.status, "status"),
            (.rotateKey, "dkim-rotate"), (.cancelRotation, "dkim-cancel"), (.keyStatus, "dkim-status"),
        ]
    }

    init(name: [UInt8]) {
        for (command, word) in Self.known where word.utf8.elementsEqual(name) {
            self = command
            return
        }
        self = .other(name)
    }

    public var name: [UInt8] {
        if case .other(let name) = self { return name }
        for (command, word) in Self.known where command == self { return Array(word.utf8) }
        return []
    }
}

/// When the verdict comes: after the message is safe in the queue, or after the relay has answered.
public enum DeliveryMode: Hashable, Sendable {
    case queue, direct

    var name: [UInt8] {
        switch self {
        case .queue: Array("queue".utf8)
        case .direct: Array("direct".utf8)
        }
    }
}

/// The parameters of one connection.
public struct SubmissionRequest: Hashable, Sendable {
    public var command: Command
    public var arguments: [[UInt8]] = []
    /// The argument of `-f` as given: nil when there was none; empty and `<>` both mean the null reverse-path.
    public var reversePath: [UInt8]?
    public var fullName: [UInt8]?
    /// Each as given; one argument may hold several addresses, divided by commas.
    public var recipients: [[UInt8]] = []
    /// `-t`: the header's recipients too.
    public var recipientsFromHeader = false
    /// nil: as the daemon is configured.
    public var deliveryMode: DeliveryMode?
    /// DSN NOTIFY and RET (RFC 3461 4.1 and 4.3), the ENVID (4.4) and BODY (RFC 6152), as given.
    public var notify: [UInt8]?
    public var returnContent: [UInt8]?
    public var envelopeID: [UInt8]?
    public var bodyType: [UInt8]?
    /// Options of the command line that may change how the message is read, verbatim: `-i`, `-oem`, `-OX=y`.
    public var options: [[UInt8]] = []

    public init(_ command: Command) { self.command = command }

    /// The preamble and a frame for each parameter.
    public func encoded() throws(WireError) -> [UInt8] {
        var bytes = Frame.preamble
        for (tag, value) in parameters {
            guard value.count <= Frame.maximumPayload else {
                throw .frameTooLong(tag: tag.rawValue, length: value.count)
            }
            Frame.append(tag, value, to: &bytes)
        }
        return bytes
    }

    private var parameters: [(Tag, [UInt8])] {
        var list: [(Tag, [UInt8])] = [(.command, command.name)]
        func put(_ tag: Tag, _ value: [UInt8]?) { if let value { list.append((tag, value)) } }
        for argument in arguments { put(.argument, argument) }
        put(.reversePath, reversePath)
        put(.fullName, fullName)
        if recipientsFromHeader { put(.recipientsFromHeader, []) }
        put(.deliveryMode, deliveryMode?.name)
        put(.notify, notify)
        put(.returnContent, returnContent)
        put(.envelopeID, envelopeID)
        put(.bodyType, bodyType)
        for option in options { put(.option, option) }
        for recipient in recipients { put(.recipient, recipient) }
        return list
    }
}
