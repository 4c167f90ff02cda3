// Runs commands as the program does: on a loop of their own, with a configuration in a folder of its own.
import Glibc
import LinuxIO
import ProgramEnvironment
import SmarthostConfiguration
import TestSupport

@testable import ControlCommands

struct Outcome: Sendable {
    let code: Int32
    let output: String
    let complaints: [String]

    var complaint: String { complaints.joined(separator: "\n") }
}

/// A folder that is removed with all that is in it.
final class Folder: Sendable {
    let path: String

    init() throws {
        var template = Array("/tmp/smarthostctl-tests-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw SystemError("mkdtemp", number: errno) }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit { Self.remove(path) }

    private static func remove(_ path: String) {
        if unlink(path) == 0 { return }
        for name in (try? Files.names(in: path)) ?? [] { remove("\(path)/\(name)") }
        rmdir(path)
    }

    @discardableResult func write(_ text: String, to name: String, mode: UInt32 = 0o600) throws -> String {
        let file = try File(path: "\(path)/\(name)", .create(mode: mode))
        try file.write(Array(text.utf8))
        try Files.setMode("\(path)/\(name)", mode)
        return "\(path)/\(name)"
    }
}

/// Runs smarthostctl with those arguments; `variables` is its whole environment.
func control(
    _ arguments: [String], variables: [String: String] = [:], state: String = "/nonexistent",
    on loop: EventLoop, process: ProcessIdentity? = nil,
    _ prepare: (TestWorld) throws -> Void = { _ in }
) async throws -> Outcome {
    let workers = try WorkerPool(threads: 1, named: "worker")
    defer { workers.shutDown() }
    let world = TestWorld()
    try prepare(world)
    var source = ConfigurationSource.system()
    source.environment = { variables[$0] }
    source.stateDirectory = state
    if let process { source.process = process }
    let context = ControlContext(environment: world.environment, loop: loop, workers: workers, source: source)
    let code = await ControlProgram.run(arguments, context)
    return Outcome(
        code: code, output: String(decoding: world.output, as: UTF8.self), complaints: world.complaints)
}

func control(
    _ arguments: String..., variables: [String: String] = [:], state: String = "/nonexistent"
) async throws -> Outcome {
    try await onLoop { loop in
        try await control(arguments, variables: variables, state: state, on: loop)
    }
}
