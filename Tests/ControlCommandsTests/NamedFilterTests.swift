// dkimsign and dkimverify by their names. That they agree with dkimpy's is shown by Interop.
import Testing

@testable import ControlCommands

struct NamedFilterTests {
    private static let message = "From: a@example.org\nTo: b@example.net\n\nHello  you \n\n"
    private static let usual = ["s1", "example.org", "k.pem", "--signalg", "ed25519-sha256"]

    private static func run(
        _ filter: NamedFilter, _ arguments: [String], _ world: TestWorld,
        input: some Sequence<UInt8> = message.utf8
    ) -> (code: Int32, output: String, complaint: String) {
        world.start(with: Array(input))
        let code = filter.run(arguments, world.environment)
        return (code, String(decoding: world.output, as: UTF8.self), world.complaints.joined(separator: "\n"))
    }

    @Test func theirDefaults() throws {
        let world = try TestWorld.withKey()
        let signed = Self.run(.dkimsign, Self.usual, world)
        #expect(signed.code == 0 && signed.complaint == "")
        #expect(
            signed.output.hasPrefix("DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/simple; d=example.org;")
        )
        #expect(signed.output.hasSuffix("\n" + Self.message))
        #expect(!signed.output.contains("x=1"))
        let verified = Self.run(.dkimverify, [], world, input: signed.output.utf8)
        #expect(verified.code == 0 && verified.output == "signature ok\n" && verified.complaint == "")
        let changed = Self.run(.dkimverify, [], world, input: "\(signed.output)x".utf8)
        #expect(changed.code == 1 && changed.output == "signature verification failed\n")
        #expect(changed.complaint.hasPrefix("dkim=fail reason=\"the body hash did not verify\""))
    }

    @Test(arguments: [
        (["--hcanon", "simple", "--bcanon=relaxed"], "c=simple/relaxed;"),
        (["--hc=simple"], "c=simple/simple;"),
        (["identity=x@example.org"], "i=x@example.org;"),
        (["identity", "x@example.org"], "i=x@example.org;"),
        (["--id", "@mail.example.org"], "i=@mail.example.org;"),
    ])
    func options(_ options: [String], tag: String) throws {
        let world = try TestWorld.withKey()
        let signed = Self.run(.dkimsign, options + Self.usual, world)
        #expect(signed.code == 0 && signed.output.contains(tag))
        #expect(Self.run(.dkimverify, [], world, input: signed.output.utf8).code == 0)
    }

    /// RFC 8463 A.2's key, as dknewkey writes one.
    @Test func seedInsteadOfPEM() throws {
        let world = try TestWorld.withKey()
        world.files["seed"] = Array("nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=".utf8)
        world.records["s1._domainkey.example.org"] = .records([
            Array("v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=".utf8)
        ])
        let signed = Self.run(
            .dkimsign, ["s1", "example.org", "seed", "--signalg", "ed25519-sha256"], world)
        #expect(Self.run(.dkimverify, [], world, input: signed.output.utf8).code == 0)
    }

    @Test(arguments: [
        (["s1", "example.org", "none.pem"], "From: a@b\n\nx", "none.pem: no such file"),
        (["s1", "example.org", "k.pem"], "From: a@b\n\nx", "say --signalg ed25519-sha256"),
        (usual + ["--identity", "a@other.org"], "From: a@b\n\nx", "i=a@other.org is not"),
        (usual + ["--signalg", "rsa-sha1"], "From: a@b\n\nx", "RFC 8301"),
        (usual, "To: b\n\nx\n", "no From field"), (usual, "", "no From field"),
        (usual, "From: a\nbroken\n\nx\n", "line 2 of the header is not a field"),
        (["s1", "exa mple", "k.pem", "--signalg=ed25519-sha256"], "From: a@b\n\nx", "not a domain name"),
    ])
    func passedOnUnsigned(_ arguments: [String], message: String, reason: String) throws {
        let world = try TestWorld.withKey()
        for isSeekable in [false, true] {
            world.isSeekable = isSeekable
            let result = Self.run(.dkimsign, arguments, world, input: message.utf8)
            #expect(result.code == 0)
            #expect(result.output == message)
            #expect(result.complaint.hasPrefix("the message is passed on unsigned: "))
            #expect(result.complaint.contains(reason))
        }
    }

    @Test(arguments: [
        (NamedFilter.dkimsign, [], "missing: selector, domain, privatekeyfile"),
        (.dkimsign, ["s1"], "missing: domain, privatekeyfile"), (.dkimsign, usual + ["x"], "unrecognized: x"),
        (.dkimsign, usual + ["--length", "-x"], "unrecognized: --length -x"),
        (.dkimsign, usual + ["--bcanon", "loose"], "--bcanon is one of simple, relaxed, not 'loose'"),
        (.dkimsign, usual + ["--bcanon"], "--bcanon wants NAME"),
        (.dkimsign, usual + ["--h", "simple"], "--h could be --help, --hcanon"),
        (.dkimverify, ["-v"], "unrecognized: -v"), (.dkimverify, ["x"], "unrecognized: x"),
        (.dkimverify, ["--", "--index"], "unrecognized: --index"),
        (.dkimverify, ["--index", "x"], "--index is a number, not 'x'"),
        (.dkimverify, ["--ind"], "--index wants N"),
    ])
    func wrongCommandLine(_ filter: NamedFilter, arguments: [String], problem: String) throws {
        let result = Self.run(filter, arguments, try TestWorld.withKey())
        #expect(result.code == 2)
        #expect(result.output == "")
        #expect(result.complaint.hasPrefix("error: \(problem)\nusage: \(filter.rawValue) [-h] "))
    }

    @Test(arguments: NamedFilter.allCases, ["-h", "--help", "--he"]) func help(
        _ filter: NamedFilter, option: String
    ) {
        let result = Self.run(filter, [option, "--nonsense"], TestWorld())
        #expect(result.code == 0 && result.complaint == "")
        #expect(result.output.hasPrefix("usage: \(filter.rawValue) [-h] "))
    }

    @Test(arguments: [
        (0, false), (1, true), (-1, true), (-2, false), (2, false), (-3, false), (Int.min, false),
    ])
    func index(_ index: Int, isGood: Bool) throws {
        let world = try TestWorld.withKey()
        let once = Self.run(.dkimsign, Self.usual, world).output
        let twice = Self.run(.dkimsign, ["other"] + Self.usual.dropFirst(), world, input: once.utf8).output
        let result = Self.run(.dkimverify, ["--index", "\(index)"], world, input: twice.utf8)
        #expect(result.code == (isGood ? 0 : 1))
        #expect(result.output == (isGood ? "signature ok\n" : "signature verification failed\n"))
    }

    @Test func whatIsNoMessage() throws {
        for input in ["", "broken\n\nx", "From: a\n\nx"] {
            let result = Self.run(.dkimverify, [], TestWorld(), input: input.utf8)
            #expect(result.code == 1 && result.output == "signature verification failed\n")
            #expect(!result.complaint.isEmpty)
        }
    }
}
