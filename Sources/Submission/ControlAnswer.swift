// What mailq and smarthostctl ask for on the submission socket. Root and the daemon's own user see and
// steer the whole queue and the keys; everybody else sees the messages they handed in themselves.
internal import LinuxIO
internal import MailCore
internal import MailLog
internal import Spool
internal import SubmissionWire

extension SubmissionOffice {
    typealias FrameWriter = ([UInt8]) async throws(SubmissionFailure) -> Void

    /// Writes the frames of the answer, the verdict last.
    func answer(
        _ request: SubmissionRequest, from caller: Caller, _ write: FrameWriter
    ) async throws(SubmissionFailure) {
        switch request.command {
        case .mailq, .queue: try await listQueue(for: caller, write)
        case .show: try await write(Self.frames(try await details(of: try queueID(request), for: caller)))
        case .flush: try await write(Self.frames(try await flush(request, for: caller)))
        case .delete: try await write(Self.frames(try await delete(try queueID(request), for: caller)))
        case .status: try await write(Self.frames(try await status(for: caller)))
        case .rotateKey, .cancelRotation, .keyStatus:
            try await write(Self.frames(try await keyAnswer(request, for: caller)))
        case .submit, .other: throw Self.unknown(request)
        }
        try await write(Verdict(.ok, Verdict.Status(2, 0, 0), text: "ok".utf8).encoded())
    }

    private static func frames(_ text: String) -> [UInt8] { Frame.output(text.utf8) }

    /// How many messages are read from the spool, and written, at a time.
    private static let page = 200

    private func listQueue(for caller: Caller, _ write: FrameWriter) async throws(SubmissionFailure) {
        let user = isAdministrator(caller) ? nil : caller.userID
        var count = 0
        var last: QueueID?
        while true {
            let page = try await fromSpool { spool throws(SpoolFailure) in
                try await spool.list(limit: Self.page, after: last, submittedBy: user)
            }
            var text = count == 0 && !page.isEmpty ? QueueReport.heading : ""
            for message in page { text += QueueReport.entry(message, now: host.now(), host.format) }
            count += page.count
            last = page.last?.id
            let isLast = page.count < Self.page
            if isLast { text += QueueReport.summary(count, isWhole: user == nil) }
            try await write(Self.frames(text))
            if isLast { return }
        }
    }

    private func details(of id: QueueID, for caller: Caller) async throws(SubmissionFailure) -> String {
        let message = try await fromSpool { spool throws(SpoolFailure) in try await spool.message(id) }
        // Somebody else's message is not told apart from none.
        guard let message, isAdministrator(caller) || message.submitter.userID == caller.userID else {
            throw Self.noSuchMessage("\(id)")
        }
        let header = try await fromSpool { spool throws(SpoolFailure) in try await spool.header(id) }
        return QueueReport.details(message, header: header, now: host.now(), host.format)
    }

    private func flush(
        _ request: SubmissionRequest, for caller: Caller
    ) async throws(SubmissionFailure) -> String {
        try requireAdministrator(caller)
        let id = request.arguments.isEmpty ? nil : try queueID(request)
        do throws(SpoolFailure) {
            let count = try await delivery.flush(id)
            log(LogEvent(.notice, "flushed", [("messages", "\(count)"), ("by", caller.displayName)]))
            return "\(count) message\(count == 1 ? " is" : "s are") tried now\n"
        } catch {
            throw SubmissionFailure(error)
        }
    }

    private func delete(_ id: QueueID, for caller: Caller) async throws(SubmissionFailure) -> String {
        try requireAdministrator(caller)
        let wasThere = try await fromSpool { spool throws(SpoolFailure) in try await spool.remove(id) }
        guard wasThere else { throw Self.noSuchMessage("\(id)") }
        log(LogEvent(.notice, "deleted", [("id", "\(id)"), ("by", caller.displayName)]))
        return "\(id) deleted\n"
    }

    /// How the accounts stand is told to administrators only: relays' words may name users.
    private func status(for caller: Caller) async throws(SubmissionFailure) -> String {
        let count = try await fromSpool { spool throws(SpoolFailure) in try await spool.count() }
        let underWay = await delivery.attemptsUnderWay()
        let unsigned = await signing.unsignedMessages()
        let accounts = isAdministrator(caller) ? await delivery.accountReport(host.format) : ""
        return "smarthostd \(host.version): \(count) in the queue, \(underWay) being tried, "
            + "\(unsigned) sent unsigned since the start\n" + accounts
    }

    private func fromSpool<Value>(
        _ body: (any Spool) async throws(SpoolFailure) -> Value
    ) async throws(SubmissionFailure) -> Value {
        do throws(SpoolFailure) { return try await body(spool) } catch { throw SubmissionFailure(error) }
    }

    func requireAdministrator(_ caller: Caller) throws(SubmissionFailure) {
        if isAdministrator(caller) { return }
        throw .refused(
            .noPermission, Verdict.Status(5, 7, 1),
            "only root and the daemon's own user may ask for that, not \(caller.displayName)")
    }

    private func queueID(_ request: SubmissionRequest) throws(SubmissionFailure) -> QueueID {
        let text = request.arguments.first.map { String(printable: $0.prefix(80)) } ?? ""
        guard let id = QueueID(text) else { throw Self.noSuchMessage(text) }
        return id
    }

    private static func noSuchMessage(_ id: String) -> SubmissionFailure {
        .refused(
            .dataError, Verdict.Status(5, 2, 0), "there is no message \(id) in the queue; mailq lists them")
    }

    private static func unknown(_ request: SubmissionRequest) -> SubmissionFailure {
        let name = String(printable: request.command.name.prefix(40))
        return .refused(
            .usage, Verdict.Status(5, 5, 1),
            "this daemon does not know the command \"\(name)\"; it may be older than the program that asks")
    }
}
