// What the options of dkim sign, verify, record and keygen do.
import DKIMCore
import Testing

@testable import ControlCommands

struct DKIMOptionTests {
    private static let message = Array(
        "From: a@example.org\nTo: b@example.net\nSubject: x\nDate: today\nX-A: 1\n\nHello\n".utf8)

    private static func sign(_ options: String...) throws -> (world: TestWorld, code: Int32, field: String) {
        let world = try TestWorld.withKey()
        world.start(with: message)
        let code = world.dkim(["sign", "s1", "example.org", "k.pem"] + options)
        let field = String(decoding: world.output.dropLast(message.count), as: UTF8.self)
        return (world, code, field.replacing("\n ", with: ""))
    }

    // MARK: sign

    @Test func sevenDaysUnlessTold() throws {
        #expect(try Self.sign().field.contains("t=1700000000; x=1700604800;"))
        #expect(try Self.sign("--expire", "1").field.contains("x=1700086400;"))
        #expect(try !Self.sign("--expire=off").field.contains("x=1"))
        for wrong in ["0", "3651", "-1", "week", ""] {
            let (world, code, _) = try Self.sign("--expire=\(wrong)")
            #expect(code == ExitCode.usage && world.complaints.first?.contains("'\(wrong)'") == true)
        }
    }

    @Test(arguments: [
        (["--sign-headers", "From, X-A", "--oversign-headers="], "h=From:From:X-A;"),
        // Nothing is signed that was not chosen.
        (["--sign-headers=from:subject"], "h=From:From:subject:subject;"),
        (["--sign-headers=from:to", "--oversign-headers=subject"], "h=From:From:to:subject:subject;"),
        (["--oversign-headers=", "--skip-fields", "date To Message-ID"], "h=From:From:Subject;"),
    ])
    func fields(options: [String], list: String) throws {
        let world = try TestWorld.withKey()
        world.start(with: Self.message)
        #expect(world.dkim(["sign", "s1", "example.org", "k.pem"] + options) == 0)
        let signed = world.output
        #expect(String(decoding: signed, as: UTF8.self).replacing("\n ", with: "").contains(list))
        #expect(world.run("verify", input: signed).code == 0)
    }

    @Test(arguments: ["--length=3", "--length", "-l"]) func lengthIsRefused(option: String) throws {
        let (world, code, _) = try Self.sign(option)
        #expect(code == ExitCode.usage)
        #expect(world.complaints.first?.hasSuffix("lets anyone append to it (RFC 6376 8.2)") == true)
    }

    @Test func fieldsThatCannotBe() throws {
        #expect(try Self.sign("--sign-headers", "To").code == ExitCode.usage)
        #expect(try Self.sign("--oversign-headers", "Received").code == ExitCode.usage)
    }

    @Test func domainInAnotherScript() throws {
        let world = try TestWorld.withKey()
        let signed = world.run("sign", "s1", "Bücher.example", "k.pem", input: Self.message)
        #expect(String(decoding: signed.output, as: UTF8.self).contains("d=xn--bcher-kva.example;"))
        #expect(world.run("sign", "s1", "a..ü", "k.pem", input: Self.message).code == ExitCode.usage)
    }

    // MARK: verify

    @Test func asOfAnotherTime() throws {
        let world = try TestWorld.withKey()
        let signed = world.run("sign", "s1", "example.org", "k.pem", input: Self.message).output
        #expect(world.run("verify", "--at", "2023-11-20", input: signed).code == 0)
        let late = world.run("verify", "--at", "1700604801", input: signed)
        #expect(late.code == 1)
        #expect(late.output.starts(with: "dkim=fail reason=\"the signature expired\"".utf8))
        #expect(world.run("verify", "--at", "soon", input: signed).code == ExitCode.usage)
    }

    @Test func oneNameServer() throws {
        let world = try TestWorld.withKey()
        let signed = world.run("sign", "s1", "example.org", "k.pem", input: Self.message).output
        #expect(world.run("verify", input: signed).code == 0)
        #expect(world.run("verify", "--dns", "192.0.2.53", input: signed).code == 0)
        #expect(world.run("verify", "--dns=[2001:db8::53]:5353", input: signed).code == 0)
        #expect(world.servers == [nil, "192.0.2.53:53", "[2001:db8::53]:5353"])
        #expect(world.run("verify", "--dns", "ns.example", input: signed).code == ExitCode.usage)
        #expect(
            world.run("verify", "--dns", "192.0.2.53", "--key-file", "k.pem", input: signed).code
                == ExitCode.usage)
        #expect(world.servers.count == 3)
    }

    @Test func resultsAsJSON() throws {
        let world = try TestWorld.withKey()
        let once = world.run("sign", "s1", "example.org", "k.pem", input: Self.message).output
        let broken = Array("DKIM-Signature: nonsense\n".utf8) + once
        let (code, output) = world.run("verify", "--json", input: broken)
        let start = try #require(String(decoding: once, as: UTF8.self).split(separator: "b=").last?.prefix(8))
        let expected =
            #"[{"result": "neutral", "reason": "a tag without = in its list", "domain": null, "selector": null, "#
            + #""identity": null, "algorithm": null, "bits": null, "canonicalization": null, "time": null, "#
            + #""expiration": null, "unsigned_body_bytes": null, "key_name": null, "testing": false, "signature": null}, "#
            + #"{"result": "pass", "reason": null, "domain": "example.org", "selector": "s1", "identity": null, "#
            + #""algorithm": "ed25519-sha256", "bits": 256, "canonicalization": "relaxed/relaxed", "#
            + #""time": 1700000000, "expiration": 1700604800, "unsigned_body_bytes": 0, "key_name": "s1._domainkey.example.org", "#
            + #""testing": false, "signature": "\#(start)"}]"#
        #expect(code == 0)
        #expect(String(decoding: output, as: UTF8.self) == expected + "\n")
        #expect(world.run("verify", "--json", input: Self.message).output == Array("[]\n".utf8))
    }

    @Test func moreSignaturesThanAreLookedAt() throws {
        let world = try TestWorld.withKey()
        var message = Self.message
        for _ in 0..<12 { message = world.run("sign", "s1", "example.org", "k.pem", input: message).output }
        let (code, output) = world.run("verify", input: message)
        #expect(code == 0)
        #expect(output.count { $0 == 0x0A } == 10)
        #expect(world.complaints == ["warning: 2 more signatures were not looked at"])
    }

    // MARK: record

    @Test func recordForms() throws {
        let world = try TestWorld.withKey()
        world.keys = [
            .init(selector: "s1", source: .file("k.pem")),
            .init(selector: "s2", source: .credential("k.pem")),
        ]
        world.files["credential:k.pem"] = world.files["k.pem"]
        let value = String(decoding: world.files["record.txt"]?.dropLast() ?? [], as: UTF8.self)
        func text(_ options: String...) -> String {
            world.start(with: [])
            #expect(world.dkim(["record", "Example.org"] + options) == 0)
            return String(decoding: world.output, as: UTF8.self)
        }
        #expect(text("--form", "plain") == "\(value)\n\(value)\n")
        #expect(text("s1", "--form=bind") == "s1._domainkey.example.org. IN TXT \"\(value)\"\n")
        #expect(
            text("s2", "--form=pdnsutil")
                == "pdnsutil add-record example.org s2._domainkey TXT '\"\(value)\"'\n")
        let json = text("s1", "--json")
        #expect(
            json.hasPrefix(
                #"[{"name": "s1._domainkey.example.org", "type": "TXT", "value": "\#(value)", "strings": ["\#(value)"], "selector": "s1""#
            ))
        #expect(text("--json").split(separator: #""name": "#).count == 3)
        #expect(world.run("record", "example.org", "--form", "csv").code == ExitCode.usage)
        #expect(world.run("record", "example.org", "--form", "bind", "--json").code == ExitCode.usage)
    }

    /// What is longer than 255 bytes is several strings (RFC 1035 3.3.14).
    @Test func stringsOfALongRecord() throws {
        let record = try KeyRecord(for: SigningKey.generate(bits: 2048))
        #expect(record.strings.count == 2 && record.strings[0].utf8.count == 255)
        #expect(record.strings.joined() == record.text)
    }

    // MARK: keygen

    @Test func ed25519() throws {
        let world = TestWorld()
        for (index, options) in [["--ed25519"], ["--algorithm", "ed25519"]].enumerated() {
            world.start(with: [])
            #expect(world.dkim(["keygen", "example.org", "e\(index)"] + options) == 0)
            let text = String(decoding: world.output, as: UTF8.self)
            #expect(text.contains("v=DKIM1; k=ed25519; p="))
            #expect(text.contains("keep an RSA key beside it"))
            #expect(text.contains("repeat the lines selector and key_file"))
            #expect(world.complaints.isEmpty)
        }
        #expect(world.run("keygen", "bücher.example", "s", "--ed25519").code == 0)
        #expect(world.files.keys.sorted().last == "./xn--bcher-kva.example.s.pem")
    }

    @Test(arguments: [
        ["--algorithm", "dsa"], ["--ed25519", "--algorithm", "rsa"], ["--ed25519", "--bits", "256"],
        ["--bits", "1023"], ["--bits", "4097"],
    ])
    func noSuchKey(options: [String]) {
        let world = TestWorld()
        #expect(world.dkim(["keygen", "example.org", "s1"] + options) == ExitCode.usage)
        #expect(world.files.isEmpty && world.complaints.count == 1)
    }
}
