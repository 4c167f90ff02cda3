// Final delivery into a Maildir, where no relay is configured: written and synced in tmp, then renamed
// into new, so that a reader sees whole messages only. Throws DeliveryFailure in the phase `storage`.
public import LinuxIO
public import MailCore

/// One Maildir.
///
/// Lines end with LF in its files, as every Unix MDA writes them and every reader and verifier takes them;
/// a signature stays good, since a verifier restores the CRLF that it was made over.
public struct Maildir: Sendable {
    /// Gives a message's content piece by piece, nil after the last.
    public typealias Content = () async throws(DeliveryFailure) -> [UInt8]?

    private let path: String
    private let names: MaildirNames
    private let workers: WorkerPool

    public init(path: String, names: MaildirNames, workers: WorkerPool) {
        self.path = path
        self.names = names
        self.workers = workers
    }

    /// Stores one message, as it would go on the wire, for all its recipients; returns the file's path when
    /// it is on the disk. The directories are made where they are missing.
    @discardableResult
    public func deliver(
        _ envelope: Envelope, content: Content
    ) async throws(DeliveryFailure) -> String {
        let name = names.next()
        let temporary = "\(path)/tmp/\(name)"
        let file = try await create(temporary)
        do throws(DeliveryFailure) {
            try await write(Self.trace(envelope), to: file)
            var lineEnds = UnixLineEnds()
            while let chunk = try await content() { try await write(lineEnds.convert(chunk), to: file) }
            try await write(lineEnds.finish(), to: file)
            return try await publish(file, from: temporary, as: "\(path)/new/\(name)")
        } catch {
            await workers.run { try? Files.remove(temporary) }
            throw error
        }
    }

    /// Final delivery puts the reverse-path on top (RFC 5321 4.4); Delivered-To is what Unix MDAs add for
    /// each recipient.
    private static func trace(_ envelope: Envelope) -> [UInt8] {
        var lines = "Return-Path: <\(envelope.reversePath)>\n"
        for recipient in envelope.recipients { lines += "Delivered-To: \(recipient)\n" }
        return Array(lines.utf8)
    }

    private func create(_ temporary: String) async throws(DeliveryFailure) -> OpenFile {
        try await perform { () throws(SystemError) in
            for folder in ["tmp", "new", "cur"] {
                try Files.makeDirectory("\(path)/\(folder)", mode: 0o700)
            }
            return OpenFile(try File(path: temporary, .create(mode: 0o600)))
        }
    }

    private func write(_ bytes: [UInt8], to open: OpenFile) async throws(DeliveryFailure) {
        if bytes.isEmpty { return }
        try await perform { () throws(SystemError) in try open.file.write(bytes) }
    }

    private func publish(
        _ open: OpenFile, from temporary: String, as final: String
    ) async throws(DeliveryFailure) -> String {
        try await perform { () throws(SystemError) in
            try open.file.sync()
            try Files.rename(temporary, to: final)
            do throws(SystemError) {
                try Files.syncDirectory("\(path)/new")
            } catch {
                // It is tried again: nobody shall find it twice.
                try? Files.remove(final)
                throw error
            }
            return final
        }
    }

    /// Every failure here concerns the Maildir and so every message; none is for ever.
    private func perform<Value: Sendable>(
        _ body: @escaping @Sendable () throws(SystemError) -> Value
    ) async throws(DeliveryFailure) -> Value {
        do throws(SystemError) {
            return try await workers.run(body)
        } catch {
            let advice =
                error.isStorageExhausted ? "free space on its file system" : "check its owner and mode"
            throw DeliveryFailure(
                .transient, .relay, .storage,
                "the Maildir \(path) cannot be written: \(error); \(advice)")
        }
    }
}

/// A file that is being written, to be handed to workers.
private final class OpenFile: Sendable {
    let file: File

    init(_ file: consuming File) { self.file = file }
}
