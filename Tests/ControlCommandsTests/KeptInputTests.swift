// What a filter reads twice, whatever it comes from.
import Testing

@testable import ControlCommands

struct KeptInputTests {
    private static func readAll(_ input: inout KeptInput) throws -> [UInt8] {
        var all: [UInt8] = []
        while case let chunk = try input.read(), !chunk.isEmpty { all += chunk }
        return all
    }

    @Test(arguments: [0, 1, 100, 70_000, 1 << 20], [false, true])
    func twiceTheSame(inMemory: Int, isSeekable: Bool) throws {
        let world = TestWorld()
        world.isSeekable = isSeekable
        world.chunkSize = 1_000
        world.inputInMemory = inMemory
        world.start(with: (0..<150_000).map { UInt8(truncatingIfNeeded: $0 &* 31) })
        var input = KeptInput(world.environment)
        #expect(try Self.readAll(&input) == world.input)
        try input.rewind()
        #expect(try Self.readAll(&input) == world.input)
        #expect(try input.read().isEmpty)
    }

    @Test(arguments: [0, 3, 100], [0, 2, 20]) func restAfterABrokenOffReading(
        inMemory: Int, chunks: Int
    ) throws {
        let world = TestWorld()
        world.inputInMemory = inMemory
        world.start(with: Array(0..<100))
        var input = KeptInput(world.environment)
        for _ in 0..<chunks { _ = try input.read() }
        try input.rewind()
        #expect(try Self.readAll(&input) == world.input)
    }

    /// dkimsign passes the message on all the same.
    @Test func noRoom() throws {
        let world = try TestWorld.withKey()
        world.inputInMemory = 20
        world.hasRoom = false
        let message = Array("From: a@example.org\n\n".utf8) + [UInt8](repeating: 0x78, count: 100)
        #expect(world.run("sign", "s1", "example.org", "k.pem", input: message).code == ExitCode.system)
        #expect(world.output.isEmpty)
        #expect(world.complaints.first?.hasSuffix("no room for it in TMPDIR (else /tmp): no space") == true)
        world.start(with: message)
        let arguments = ["s1", "example.org", "k.pem", "--signalg", "ed25519-sha256"]
        #expect(NamedFilter.dkimsign.run(arguments, world.environment) == 0)
        #expect(world.output == message)
    }
}
