// How a submission ends without a message in the spool. The exit codes follow one rule: 75 is for mail
// that is safe in the queue, so no refusal ever says it.
internal import LinuxIO
internal import MailCore
internal import Spool
internal import SubmissionWire

/// Why nothing was accepted.
enum SubmissionFailure: Error {
    /// To be told to the caller.
    case refused(Verdict)
    /// The caller went away, or stayed silent too long; the reason is for the log.
    case aborted(String)

    static func refused(
        _ exitCode: ExitCode, _ status: Verdict.Status, _ text: String
    ) -> SubmissionFailure {
        .refused(Verdict(exitCode, status, text: text.utf8))
    }

    init(_ problem: SubmissionProblem) {
        let exitCode = ExitCode(rawValue: UInt8(clamping: problem.kind.exitCode))
        self = .refused(exitCode, Verdict.Status(problem.enhanced), problem.text)
    }

    /// The spool's trouble is not the caller's fault: the mail is refused, not lost.
    init(_ failure: SpoolFailure) {
        let detail = failure.isStorageExhausted ? 1 : 0
        self = .refused(.unavailable, Verdict.Status(4, 3, detail), failure.description)
    }

    init(_ failure: IOFailure) {
        self =
            switch failure {
            case .timedOut: .aborted("the caller was silent for too long")
            case .closed: .aborted("the daemon is stopping")
            case .system(let error): .aborted(error.reason)
            }
    }

    static func notPermitted(_ caller: Caller) -> SubmissionFailure {
        .refused(
            .noPermission, Verdict.Status(5, 7, 1),
            "user \(caller.displayName) may not submit mail here; allow_users and allow_groups in the daemon's "
                + "configuration say who may")
    }

    static func tooLarge(_ limit: Int) -> SubmissionFailure {
        .refused(
            .dataError, Verdict.Status(5, 3, 4),
            "the message is larger than \(limit) bytes, the daemon's max_message_size")
    }
}

extension Verdict.Status {
    init(_ code: EnhancedStatusCode) { self.init(code.statusClass, code.subject, code.detail) }
}
