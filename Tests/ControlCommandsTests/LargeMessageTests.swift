// 200 MB through the built program's filters, from a file and through pipes, in the memory of a small message.
import Glibc
import TestSupport
import Testing

@Suite(.serialized) struct LargeMessageTests {
    private static let size = 200_000_000
    private static let header = Array("From: a@example.org\nTo: b@example.net\nSubject: large\n\n".utf8)
    private static let piece = Array(
        repeatElement(Array(String(repeating: "0123456789", count: 7).utf8) + [0x0A], count: 14_000).joined())

    /// A piece at a time, the header first.
    private static func writeMessage(_ write: ([UInt8]) throws -> Void) throws {
        try write(header)
        for _ in 0..<(size / piece.count + 1) { try write(piece) }
    }

    /// A key for example.org in the folder.
    private static func key(in folder: TemporaryFolder) throws -> String {
        try folder.write(SigningIdentity.shared.get().pem, to: "key.pem")
    }

    /// Goes through `dkim sign`, whose output goes through `dkim verify`; from a pipe, or from that file.
    @Test(arguments: [false, true]) func signedAndVerified(isFromFile: Bool) throws {
        let folder = try TemporaryFolder()
        let key = try Self.key(in: folder)
        let file = isFromFile ? try Self.messageFile(in: folder) : nil
        let signing = try Filter(["dkim", "sign", "s1", "example.org", key], input: file)
        let verifying = try Filter(["dkim", "verify", "--key-file", key])
        if file == nil { try Self.writeMessage(signing.write) }
        signing.endInput()
        var count = 0
        var chunk = try signing.read()
        while !chunk.isEmpty {
            try verifying.write(chunk)
            count += chunk.count
            // Something is still in the pipe, so that it runs.
            if count > Self.size, signing.ownMemory == nil { try signing.measure() }
            chunk = try signing.read()
        }
        #expect(count > Self.size + 300)
        try verifying.measure()
        verifying.endInput()
        let verdict = String(decoding: try verifying.read(), as: UTF8.self)
        #expect(verdict.hasPrefix("dkim=pass header.d=example.org "))
        #expect(signing.exitCode() == 0 && verifying.exitCode() == 0)
        #expect(try #require(signing.ownMemory) < 16_384, "kilobytes")
        #expect(try #require(verifying.ownMemory) < 16_384, "kilobytes")
    }

    private static func messageFile(in folder: TemporaryFolder) throws -> String {
        let path = try folder.write([], to: "large")
        let file = try check(open(path, O_WRONLY | O_CLOEXEC), path)
        defer { close(file) }
        try writeMessage { bytes in try writeAll(bytes) { write(file, $0, $1) } }
        return path
    }
}

/// A running smarthostctl between two sockets, which cannot be read twice any more than pipes can.
private final class Filter {
    private let processID: pid_t
    private let input: Int32
    private let output: Int32
    private var isInputOpen = true
    private var status: Int32?
    /// The most memory it had of its own, in kilobytes: without the pages of program and libraries, which are
    /// their files'. Nil until `measure`.
    private(set) var ownMemory: Int?

    /// Standard input is that file, else what is written here.
    init(_ arguments: [String], input path: String? = nil) throws {
        let (ownInput, itsInput) = try Self.socketPair()
        let (ownOutput, itsOutput) = try Self.socketPair()
        defer {
            close(itsInput)
            close(itsOutput)
        }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        if let path {
            posix_spawn_file_actions_addopen(&actions, 0, path, O_RDONLY, 0)
        } else {
            posix_spawn_file_actions_adddup2(&actions, itsInput, 0)
        }
        posix_spawn_file_actions_adddup2(&actions, itsOutput, 1)
        let program = builtProgram("smarthostctl")
        let words: [UnsafeMutablePointer<CChar>?] = ([program] + arguments).map { strdup($0) } + [nil]
        defer { words.forEach { free($0) } }
        var process: pid_t = 0
        let code = posix_spawn(&process, program, &actions, nil, words, nil)
        guard code == 0 else { throw TestFailure("smarthostctl does not start", errno: code) }
        (processID, input, output) = (process, ownInput, ownOutput)
    }

    deinit {
        endInput()
        close(output)
        if status == nil { kill(processID, SIGKILL) }
        _ = exitCode()
    }

    private static func socketPair() throws -> (Int32, Int32) {
        var ends: [Int32] = [-1, -1]
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
        try check(socketpair(AF_UNIX, kind, 0, &ends), "socketpair")
        return (ends[0], ends[1])
    }

    func write(_ bytes: [UInt8]) throws {
        try writeAll(bytes) { send(input, $0, $1, Int32(MSG_NOSIGNAL)) }
    }

    func endInput() {
        if isInputOpen { close(input) }
        isInputOpen = false
    }

    /// The next bytes of its output, none at the end.
    func read() throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 1 << 16)
        let count = try check(Glibc.read(output, &bytes, bytes.count), "read")
        bytes.removeLast(bytes.count - count)
        return bytes
    }

    /// Its memory so far; it must run.
    func measure() throws {
        let path = "/proc/\(processID)/status"
        let text = String(decoding: try readFile(path), as: UTF8.self)
        func kilobytes(_ name: String) throws -> Int {
            let words = text.split(separator: "\n").first { $0.hasPrefix(name) }?.split { " \t".contains($0) }
            guard let words, words.count > 1, let number = Int(words[1]) else {
                throw TestFailure("\(path) has no \(name)")
            }
            return number
        }
        ownMemory = try kilobytes("VmHWM:") - kilobytes("RssFile:")
    }

    /// Waits for its end.
    func exitCode() -> Int32 {
        if let status { return status }
        var code: Int32 = 0
        waitpid(processID, &code, 0)
        let ended = code & 0x7F == 0 ? code >> 8 & 0xFF : -(code & 0x7F)
        status = ended
        return ended
    }
}

private func writeAll(_ bytes: [UInt8], _ write: (UnsafeRawPointer?, Int) -> Int) throws {
    var written = 0
    while written < bytes.count {
        written += try check(
            bytes.withUnsafeBytes { write($0.baseAddress.map { $0 + written }, bytes.count - written) },
            "write")
    }
}
