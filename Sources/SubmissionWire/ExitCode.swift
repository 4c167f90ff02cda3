// What a submission can end with: the exit codes of sysexits.h that callers of sendmail know.
// An open set, so that a newer daemon's code passes through an older shim unchanged.

/// The exit code of the sendmail command.
public struct ExitCode: RawRepresentable, Hashable, Sendable {
    public let rawValue: UInt8

    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// The message is safe in the queue, or (delivery direct) the relay has taken it.
    public static let ok = ExitCode(rawValue: 0)
    /// EX_USAGE: the command line or the command asks for something that does not exist.
    public static let usage = ExitCode(rawValue: 64)
    /// EX_DATAERR: the message itself cannot be sent as it is (too large, no recipient, broken header).
    public static let dataError = ExitCode(rawValue: 65)
    /// EX_NOINPUT: there is no standard input to read a message from.
    public static let noInput = ExitCode(rawValue: 66)
    /// EX_NOUSER: a recipient does not exist, or is not an address.
    public static let noUser = ExitCode(rawValue: 67)
    /// EX_UNAVAILABLE: the daemon or the relay cannot be reached, or refuses for good. Nothing is queued.
    public static let unavailable = ExitCode(rawValue: 69)
    /// EX_SOFTWARE: shim and daemon do not understand each other.
    public static let software = ExitCode(rawValue: 70)
    /// EX_OSERR: the operating system fails (no memory, no descriptors, disk full).
    public static let osError = ExitCode(rawValue: 71)
    /// EX_IOERR: reading the message or writing the answer failed.
    public static let ioError = ExitCode(rawValue: 74)
    /// EX_TEMPFAIL: not delivered yet, but safe in the queue and tried again. Said only by the daemon:
    /// PHP 8.5 takes this code for success, so a message that is not queued must never end with it.
    public static let temporaryFailure = ExitCode(rawValue: 75)
    /// EX_NOPERM: this user may not submit.
    public static let noPermission = ExitCode(rawValue: 77)
    /// EX_CONFIG: the configuration of the shim's call or of the daemon is wrong.
    public static let configuration = ExitCode(rawValue: 78)
}
