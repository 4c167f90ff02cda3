// A world in memory for one run of a subcommand.
import DKIMCore

import struct LinuxIO.DNSServer
import enum LinuxIO.ServiceRecordAnswer
import class LinuxIO.TemporaryFile
import enum LinuxIO.TextRecordAnswer
import struct LinuxIO.TextRecordFailure

@testable import ControlCommands

final class TestWorld {
    var input: [UInt8] = []
    var chunkSize = 7
    var isSeekable = false
    var inputInMemory = 1 << 20
    /// Whether there is room for temporary files.
    var hasRoom = true
    var files: [String: [UInt8]] = [:]
    var modes: [String: UInt32] = [:]
    var records: [String: KeyAnswer] = [:]
    var onQuestion: (_ name: String, _ server: DNSServer?) -> Void = { _, _ in }
    /// Which name server each question went to; nil for the system's.
    private(set) var servers: [String?] = []
    var keys: [CommandEnvironment.ConfiguredKey] = []
    var services: [String: ServiceRecordAnswer] = [:]
    /// The port on loopback where all relays are; nil for where they really are.
    var relayPort: UInt16?
    private(set) var output: [UInt8] = []
    private(set) var complaints: [String] = []
    private var position = 0

    struct Refusal: Error, CustomStringConvertible {
        let description: String
    }

    var environment: CommandEnvironment {
        var environment = streamsAndFiles
        environment.lookUpServices = { [self] name, server in
            servers.append(server.map { "\($0)" })
            return services[name] ?? .none
        }
        environment.place = { [self] endpoint in relayPort.map { .host("127.0.0.1", port: $0) } ?? endpoint }
        return environment
    }

    private var streamsAndFiles: CommandEnvironment {
        CommandEnvironment(
            read: { [self] in
                let chunk = Array(input[position...].prefix(chunkSize))
                position += chunk.count
                return chunk
            },
            rewind: { [self] in
                if isSeekable { position = 0 }
                return isSeekable
            },
            write: { [self] in output += $0 },
            complain: { [self] in complaints.append($0) },
            makeTemporaryFile: { [self] in
                guard hasRoom else { throw Refusal(description: "no space") }
                return try TemporaryFile()
            },
            inputInMemory: inputInMemory,
            readFile: { [self] path in
                guard let bytes = files[path] else { throw Refusal(description: "no such file") }
                return bytes
            },
            readPrivateKey: { [self] source in
                guard let bytes = files["\(source)"] else {
                    throw Refusal(description: "\(source): no such file")
                }
                return bytes
            },
            writeNewFile: { [self] path, bytes, mode in
                guard files[path] == nil else { throw Refusal(description: "it exists") }
                files[path] = bytes.withUnsafeBytes { Array($0) }
                modes[path] = mode
            },
            now: { 1_700_000_000 },
            lookUpTXT: { [self] name, server in lookUp(name, server) },
            configuredKeys: { [self] _ in keys })
    }

    private func lookUp(_ name: String, _ server: DNSServer?) -> TextRecordAnswer {
        servers.append(server.map { "\($0)" })
        onQuestion(name, server)
        switch records[name] ?? .none {
        case .records(let records): return .found(records.map { [$0] })
        case .none: return .noSuchName(name)
        case .temporaryFailure(let text):
            return .failure(TextRecordFailure(.noAnswer, name: name, server: text))
        }
    }

    /// Runs a subcommand on the input; gives its exit code and what it wrote.
    func run(_ arguments: String..., input: [UInt8] = []) -> (code: Int32, output: [UInt8]) {
        start(with: input)
        return (dkim(arguments), output)
    }

    /// Puts new input there and takes away what was written.
    func start(with input: [UInt8]) {
        self.input = input
        position = 0
        output = []
        complaints = []
    }

    /// Runs `smarthostctl dkim` with those arguments; gives its exit code.
    func dkim(_ arguments: [String]) -> Int32 {
        do {
            let (command, rest) = try CommandTable.find(["dkim"] + arguments)
            return try DKIMCommand.run(command, CommandArguments(rest, for: command), environment)
        } catch let failure as CommandFailure {
            complaints.append(failure.text)
            return failure.code
        } catch {
            complaints.append("\(error)")
            return ExitCode.system
        }
    }

    /// One with a key in `k.pem` and its record in the DNS.
    static func withKey() throws -> TestWorld {
        let world = TestWorld()
        let key = try SigningKey.generate(.ed25519SHA256)
        try key.withPEM { pem in world.files["k.pem"] = pem.withUnsafeBytes { Array($0) } }
        let record = try KeyRecord(for: key)
        world.files["record.txt"] = Array("\(record.text)\n".utf8)
        world.records["s1._domainkey.example.org"] = .records([Array(record.text.utf8)])
        return world
    }
}
