// The sendmail command: understands its arguments, hands the message to the daemon, says how it ended.
// Whatever goes wrong is one line on standard error and an exit code of sysexits.h.
// `main` is a C function because Embedded Swift has no CommandLine.

import CLinux

@_cdecl("SendmailShim_main")
public func sendmail(
    _ count: CInt, _ words: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
) -> CInt {
    linux_ignore_broken_pipe()
    do throws(Complaint) {
        let arguments = (0..<Int(count)).compactMap { words[$0].map(bytes) }
        try run(invocation(arguments))
        return CInt(ExitCode.ok.rawValue)
    } catch {
        StandardStream.error.writeLine("sendmail: \(error.text)")
        return CInt(error.exitCode.rawValue)
    }
}

/// Why the call fails, in one line.
struct Complaint: Error {
    let exitCode: ExitCode
    let text: Text

    init(_ exitCode: ExitCode, _ text: Text) {
        self.exitCode = exitCode
        self.text = text
    }
}

private func invocation(_ arguments: [[UInt8]]) throws(Complaint) -> Invocation {
    do throws(UsageError) {
        return try Invocation(arguments)
    } catch {
        throw Complaint(.usage, "\(error.text)")
    }
}

private func run(_ invocation: Invocation) throws(Complaint) {
    switch invocation.action {
    case .newAliases: return
    case .help: try StandardStream.output.write(Help.usage[...])
    case .version: try StandardStream.output.write(Help.version[...])
    case .submit:
        guard StandardStream.input.isOpen else {
            throw Complaint(
                .noInput, "standard input is closed, there is no message to read: nothing was sent")
        }
        try exchange(invocation)
    case .listQueue, .flushQueue: try exchange(invocation)
    }
}

private func exchange(_ invocation: Invocation) throws(Complaint) {
    let opening: [UInt8]
    do throws(WireError) {
        opening = try SubmissionRequest(invocation).encoded()
    } catch {
        throw Complaint(.usage, "an argument is too long: \(error.text)")
    }
    let path = invocation.socket ?? environment("SMARTHOST_SOCKET") ?? DaemonSocket.defaultPath
    let socket = try DaemonSocket(path)
    var exchange = Exchange(opening: opening, readsMessage: invocation.action == .submit)
    try exchange.run(socket)
}

/// A variable of the environment; an empty one counts as absent.
private func environment(_ name: String) -> [UInt8]? {
    guard let value = getenv(name), value.pointee != 0 else { return nil }
    return bytes(value)
}

private func bytes(_ text: UnsafeMutablePointer<CChar>) -> [UInt8] {
    Array(UnsafeRawBufferPointer(start: text, count: strlen(text)))
}
