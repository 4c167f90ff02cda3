// dkim keygen and dkim record.
import LinuxIO
import Testing

@testable import ControlCommands

struct DKIMKeyCommandTests {
    @Test func keygenWritesAKeyAndSaysWhatToDo() {
        let world = TestWorld()
        let (code, output) = world.run("keygen", "example.org", "s1", "--bits", "1024")
        let text = String(decoding: output, as: UTF8.self)
        let path = "./example.org.s1.pem"
        #expect(code == 0)
        #expect(world.modes == [path: 0o600])
        #expect(world.files[path]?.starts(with: "-----BEGIN PRIVATE KEY-----\n".utf8) == true)
        #expect(text.contains("\nv=DKIM1; k=rsa; p=MIGf"))
        #expect(text.hasSuffix("\ndkim example.org\nselector s1\nkey_file \(path)\n"))
        #expect(!text.contains("PRIVATE"))
        #expect(text.contains("install -D -m 600 \(path) /etc/smarthost/dkim/example.org.s1.pem\n"))
        #expect(world.complaints.count == 1, "1024 bits are few")
        #expect(world.run("keygen", "example.org", "s1", "--bits=1024").code == ExitCode.system)
        #expect(world.output.isEmpty)
        #expect(world.run("keygen", "example.org", "s1", "--out", "other.pem", "--bits=1024").code == 0)
        #expect(world.files.count == 2)
        let place = "/etc/smarthost/dkim/example.org.s2.pem"
        let told = String(
            decoding: world.run("keygen", "example.org", "s2", "--out", place).output, as: UTF8.self)
        #expect(told.contains("systemctl restart smarthost\n") && !told.contains("install -D"))
    }

    @Test(arguments: [
        ["keygen", "example.org"], ["keygen", "example.org", "s1", "--bits", "512"],
        ["keygen", "example.org", "s1", "--bits", "many"], ["keygen", "../example.org", "s1"],
        ["keygen", "example.org", "a/b"],
    ])
    func keygenRefused(arguments: [String]) {
        let world = TestWorld()
        #expect(world.dkim(arguments) == ExitCode.usage)
        #expect(world.files.isEmpty)
    }

    @Test func recordInThreeForms() throws {
        let world = try TestWorld.withKey()
        let value = String(decoding: world.files["record.txt"]?.dropLast() ?? [], as: UTF8.self)
        let expected = """
            # A TXT record at s1._domainkey.example.org with the value:
            \(value)

            # The same as a line of a zone file:
            s1._domainkey.example.org. IN TXT "\(value)"

            # The same as a command for PowerDNS, if example.org is a zone of its own:
            pdnsutil add-record example.org s1._domainkey TXT '"\(value)"'

            """
        let named = world.run("record", "example.org", "s1", "--key-file", "k.pem")
        #expect(String(decoding: named.output, as: UTF8.self) == expected)
        world.keys = [
            .init(selector: "s0", source: .file("none")), .init(selector: "s1", source: .file("k.pem")),
        ]
        #expect(world.run("record", "example.org", "s1").output == named.output)
        #expect(world.run("record", "example.org").code == ExitCode.configuration)
        #expect(world.run("record", "example.org", "s2").code == ExitCode.configuration)
        #expect(world.run("record").code == ExitCode.usage)
        #expect(world.run("record", "example.org", "--key-file", "k.pem").code == ExitCode.usage)
        #expect(world.complaints == ["dkim record wants the selector too where --key-file names the key"])
    }

    @Test func keygenIntoAFolderThatIsMissing() throws {
        let folder = try Folder()
        let missing = "\(folder.path)/dkim"
        let problem = #expect(throws: (any Error).self) {
            try writeNewSystemFile("\(missing)/x.pem", [1, 2, 3].span, 0o600)
        }
        #expect(
            problem.map { "\($0)" } == "there is no folder \(missing); make it: install -d -m 700 \(missing)")
    }

    @Test func keygenOverAnotherKey() throws {
        let folder = try Folder()
        let path = try folder.write("the key", to: "x.pem")
        let problem = #expect(throws: (any Error).self) {
            try writeNewSystemFile(path, [1, 2, 3].span, 0o600)
        }
        #expect(problem.map { "\($0)" }?.hasPrefix("there is a file of that name") == true)
        #expect(try Files.read(path, limit: 100) == Array("the key".utf8))
    }
}
