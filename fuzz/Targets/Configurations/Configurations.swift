// Configuration files: errors are one line each, a password is shown nowhere, and a file that others can
// write runs no command. No command is run here: `eval` gets a line that is the command.
import FuzzSupport
import MailCore
import SmarthostConfiguration
import Synchronization

@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    run(start, count) { bytes in
        var bytes = bytes
        let isSafe = bytes.popChoice() % 2 == 0
        let mode: UInt32 = isSafe ? 0o600 : 0o666
        let file = SourceFile(bytes: bytes, metadata: FileMetadata(ownerID: 0, groupID: 0, mode: mode))
        let commandsBefore = commandsRun.withLock { $0 }
        let texts = read(file)
        demand(isSafe || commandsRun.withLock { $0 } == commandsBefore, "others do not choose what is run")
        for text in texts {
            demand(
                !text.utf8.contains { $0 < ASCII.tab || $0 > ASCII.tab && $0 < ASCII.space },
                "\(text) is one line")
        }
        if holdsSecretsOnly(bytes) {
            demand(!texts.contains { $0.contains(marker) }, "a password is shown nowhere")
        }
    }
}

private let commandsRun = Mutex(0)

private let source = ConfigurationSource(
    read: { _ throws(SourceFailure) in throw .notFound },
    run: { command throws(SourceFailure) in
        commandsRun.withLock { $0 += 1 }
        return Array(command.utf8)
    }, environment: { _ in nil }, homeDirectory: "/home/tim", stateDirectory: "/nonexistent",
    names: HostNames(hostName: { "host" }, canonicalName: { "host.example.org" }, mailName: { nil }),
    process: ProcessIdentity(userID: 0, groupID: 0))

/// Every line that a person may see of it.
private func read(_ file: SourceFile) -> [String] {
    do throws(ConfigurationError) {
        let configuration = try Configuration.parse(file, path: "/test.conf", from: source)
        do throws(AccountSelectionFailure) { _ = try configuration.account(for: .null) } catch {
            demand(isOneLine(error.text), "a refusal is one line")
        }
        let rendered = configuration.renderedText.split(separator: "\n").map(String.init)
        return configuration.warnings.map(\.description) + rendered
    } catch {
        demand(!error.errors.isEmpty, "a refusal has its reason")
        return (error.errors + error.warnings).map(\.description)
    }
}

/// What the seeds have for a password.
private let marker = "S3cr3t"

/// Whether the marker stands behind the key `password` and nowhere else.
private func holdsSecretsOnly(_ bytes: [UInt8]) -> Bool {
    bytes.split(separator: ASCII.lf).allSatisfy { line in
        let key = line.drop(while: ASCII.isWhiteSpace)
        let isPassword = ["password ", "password\t"].contains { key.starts(with: $0.utf8) }
        return isPassword || line.firstRange(of: marker.utf8) == nil
    }
}
