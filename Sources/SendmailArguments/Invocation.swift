// What a call of sendmail, mailq or newaliases asks for, as the caller wrote it: addresses are not parsed here.

/// A command line, understood.
public struct Invocation: Hashable, Sendable {
    public enum Action: Hashable, Sendable {
        case submit
        /// `mailq`, `-bp`.
        case listQueue
        /// `-q` without recipients; its value, such as `Rexample.org`, may be empty.
        case flushQueue([UInt8])
        /// `newaliases`, `-bi`: nothing to do.
        case newAliases
        case help, version
    }

    /// `-odi` or `-odb` and `-odq`.
    public enum Delivery: Hashable, Sendable { case queue, direct }

    public var action = Action.submit
    public var recipients: [[UInt8]] = []
    public var recipientsFromHeader = false
    /// nil without `-f`; empty and `<>` mean the null reverse-path.
    public var reversePath: [UInt8]?
    public var fullName: [UInt8]?
    public var notify: [UInt8]?
    public var returnContent: [UInt8]?
    public var envelopeID: [UInt8]?
    public var bodyType: [UInt8]?
    /// nil: as the daemon is configured.
    public var delivery: Delivery?
    /// `-i`, `-o…` and `-O…` verbatim, for the daemon.
    public var options: [[UInt8]] = []
    public var socket: [UInt8]?

    public init() {}
}

/// A command line that means nothing here; the text says what to do about it. Always EX_USAGE.
public struct UsageError: Error, Hashable, Sendable {
    public let text: [UInt8]

    init(_ text: Text) { self.text = text.bytes }
}
