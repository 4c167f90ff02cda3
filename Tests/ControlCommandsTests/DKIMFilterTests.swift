// dkim sign and dkim verify as filters.
import Testing

@testable import ControlCommands

struct DKIMFilterTests {
    private static let unixMessage =
        "From: a@example.org\nTo: b@example.net\nSubject: x\n y\n\nHello \n\n.\n\n\n"

    private static func wire(_ text: String) -> String { text.replacing("\n", with: "\r\n") }

    @Test(
        arguments: [
            unixMessage, wire(unixMessage), "From: a@example.org\n", "From: a@example.org\n\n",
            "From: a@example.org\n\nno line end", wire("From: a@example.org\n\nno line end"),
            "From: a@example.org\n\nmixed\r\nends\n", "From : a@example.org\n\nx\n",
            wire("From: a@example.org\n\n") + "mixed\nends\r\n",
        ], [1, 2, 3, 1_000])
    func signedAndVerified(message: String, chunkSize: Int) throws {
        let world = try TestWorld.withKey()
        world.chunkSize = chunkSize
        let input = Array(message.utf8)
        for isSeekable in [false, true] {
            world.isSeekable = isSeekable
            let (code, output) = world.run("sign", "s1", "example.org", "k.pem", input: input)
            #expect(code == 0)
            #expect(output.starts(with: "DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;".utf8))
            #expect(output.suffix(input.count).elementsEqual(input))
            let head = output.dropLast(input.count)
            let isWire = input.starts(with: "From: a@example.org\r".utf8)
            #expect(head.count { $0 == 0x0D } == (isWire ? head.count { $0 == 0x0A } : 0))
            let verified = world.run("verify", input: output)
            #expect(verified.code == 0)
            #expect(verified.output.starts(with: "dkim=pass header.d=example.org header.s=s1".utf8))
            #expect(verified.output.count { $0 == 0x0A } == 1)
        }
    }

    @Test(arguments: ["k.pem", "record.txt", "public.pem"]) func keyFromAFile(file: String) throws {
        let world = try TestWorld.withKey()
        world.files["public.pem"] = try Self.publicPEM(of: world)
        world.records = [:]
        let signed = world.run("sign", "s1", "example.org", "k.pem", input: Array(Self.unixMessage.utf8))
            .output
        #expect(world.run("verify", input: signed).code == 1)
        #expect(world.run("verify", "--key-file", file, input: signed).code == 0)
        #expect(world.run("verify", "--key-file=\(file)", input: signed + [0x78]).code == 1)
    }

    /// SubjectPublicKeyInfo of the record's 32 bytes (RFC 8410 4).
    private static func publicPEM(of world: TestWorld) throws -> [UInt8] {
        let record = String(decoding: world.files["record.txt"] ?? [], as: UTF8.self)
        // The 12 bytes before the key are a whole number of base 64's groups.
        let key = try #require(record.split(separator: "p=").last).dropLast()
        return Array("-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA\(key)\n-----END PUBLIC KEY-----\n".utf8)
    }

    @Test func everyOptionOfDkimsign() throws {
        let world = try TestWorld.withKey()
        let output = world.run(
            "sign", "--hcanon", "simple", "s1", "example.org", "--bcanon=simple", "k.pem", "--signalg",
            "ed25519-sha256", "--identity", "a@mail.example.org", input: Array(Self.unixMessage.utf8)
        ).output
        let text = String(decoding: output, as: UTF8.self)
        #expect(text.contains("c=simple/simple;"))
        #expect(text.contains("i=a@mail.example.org;"))
        #expect(world.run("verify", input: output).code == 0)
    }

    @Test func resultsOfSeveralSignatures() throws {
        let world = try TestWorld.withKey()
        let once = world.run("sign", "s1", "example.org", "k.pem", input: Array(Self.unixMessage.utf8)).output
        let twice = world.run("sign", "s2", "example.org", "k.pem", input: once).output
        world.records["s2._domainkey.example.org"] = .temporaryFailure("192.0.2.1:53")
        let (code, output) = world.run("verify", input: twice)
        let lines = String(decoding: output, as: UTF8.self).split(separator: "\n")
        #expect(code == 0)
        #expect(lines.map { $0.prefix(14) } == ["dkim=temperror", "dkim=pass head"])
        #expect(
            world.complaints == [
                "warning: s2._domainkey.example.org: the name server 192.0.2.1:53 did not answer"
            ])
        let unsigned = world.run("verify", input: Array(Self.unixMessage.utf8))
        #expect(unsigned.code == 1)
        #expect(unsigned.output == Array("dkim=none\n".utf8))
    }

    @Test func mboxSeparatorStaysFirst() throws {
        let world = try TestWorld.withKey()
        let separator = "From a@example.org Fri Nov 20 10:00:00 2026\n"
        let output = world.run(
            "sign", "s1", "example.org", "k.pem", input: Array((separator + Self.unixMessage).utf8)
        ).output
        #expect(output.starts(with: (separator + "DKIM-Signature: ").utf8))
        #expect(output.suffix(Self.unixMessage.utf8.count).elementsEqual(Self.unixMessage.utf8))
        #expect(world.run("verify", input: output).code == 0)
    }

    /// What cannot be signed does not come out: the mailer behind the pipe would send it unsigned.
    @Test(arguments: [
        ("", ExitCode.data), ("To: b\n\nx\n", ExitCode.data), ("From: a\nno field\n\nx\n", ExitCode.data),
        (" folded\nFrom: a\n\nx\n", ExitCode.data),
    ])
    func unsignable(message: String, code: Int32) throws {
        let world = try TestWorld.withKey()
        let result = world.run("sign", "s1", "example.org", "k.pem", input: Array(message.utf8))
        #expect(result.code == code)
        #expect(result.output.isEmpty)
        #expect(world.complaints.count == 1)
    }

    @Test(arguments: [
        (["sign", "s1", "example.org"], ExitCode.usage),
        (["sign", "s1", "example.org", "none.pem"], ExitCode.configuration),
        (["sign", "s1", "example.org", "record.txt"], ExitCode.configuration),
        (["sign", "s1", "exa mple", "k.pem"], ExitCode.usage),
        (["sign", "s1", "example.org", "k.pem", "--hcanon", "loose"], ExitCode.usage),
        (["sign", "s1", "example.org", "k.pem", "--signalg", "rsa-sha1"], ExitCode.usage),
        (["sign", "s1", "example.org", "k.pem", "--identity", "a@b"], ExitCode.usage),
        (["sign", "--bcanon"], ExitCode.usage),
        (["verify", "x"], ExitCode.usage),
        (["verify", "--key-file", "none.pem"], ExitCode.configuration),
        (["verify", "--other", "x"], ExitCode.usage),
        (["other"], ExitCode.usage),
        ([], ExitCode.usage),
    ])
    func refused(arguments: [String], code: Int32) throws {
        let world = try TestWorld.withKey()
        world.input = Array(Self.unixMessage.utf8)
        #expect(world.dkim(arguments) == code)
        #expect(world.output.isEmpty)
        #expect(world.complaints.count == 1)
    }
}
