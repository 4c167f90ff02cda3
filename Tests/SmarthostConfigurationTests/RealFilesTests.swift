// Files in the manner of public projects, one habit of theirs each: RealFiles/NN-name.msmtprc beside
// NN-name.expected, which has what is complained of, the settings in force, and which account mail takes.
import Glibc
import MailCore
import Testing

@testable import SmarthostConfiguration

struct RealFilesTests {
    private static let folder =
        "/" + #filePath.split(separator: "/").dropLast().joined(separator: "/") + "/RealFiles/"

    static let names: [String] = {
        guard let stream = opendir(folder) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name.hasSuffix(".msmtprc") { names.append(String(name.dropLast(".msmtprc".count))) }
        }
        return names.sorted()
    }()

    /// The senders that every file is asked about; nil: the caller named none.
    private static let senders: [EmailAddress?] = [
        nil, EmailAddress(localPart: "news-weekly", domain: "example.org"),
        EmailAddress(localPart: "shop+de", domain: "example.org"),
        EmailAddress(localPart: "work", domain: "provider.example"),
        EmailAddress(localPart: "nobody", domain: "elsewhere.example"),
    ]

    /// What is shown although no file sets it: msmtp's manual says these defaults of the way to the relay.
    private static let defaultKeys = ["port", "protocol", "auth", "tls", "tls_starttls", "tls_trust_file"]

    private static let commands = [
        "echo \"user $(hostname)\"": "user web1\n", "cat /run/msmtp/from": "from web@example.org\nignored\n",
    ]

    @Test func thereAreEnough() { #expect(Self.names.count >= 30) }

    @Test(arguments: names) func behavesAsTheManualSays(_ name: String) throws {
        let text = try #require(Self.contents(name + ".msmtprc"))
        let expected = Self.contents(name + ".expected") ?? ""
        #expect(Self.account(of: text) == expected)
    }

    private static func account(of text: String) -> String {
        do throws(ConfigurationError) {
            let configuration = try World.parse(text, from: World.source(commands: commands))
            let warnings = configuration.warnings.map { "\($0)" }
            return (warnings + sections(configuration) + ways(configuration)).joined(separator: "\n") + "\n"
        } catch {
            return error.errors.map { "\($0)" }.joined(separator: "\n") + "\n"
        }
    }

    private static func sections(_ configuration: Configuration) -> [String] {
        configuration.rendered.filter { $0.heading.hasPrefix("account ") }.flatMap { section in
            let shown = section.settings.filter { $0.origin != .builtIn || defaultKeys.contains($0.key) }
            return [section.heading] + shown.map { "    \($0.key) \($0.value)" }
        }
    }

    private static func ways(_ configuration: Configuration) -> [String] {
        senders.map { sender in
            guard let sender else { return "no sender: \(ownSender(configuration))" }
            do throws(AccountSelectionFailure) {
                return "\(sender): \(try configuration.account(for: .address(sender)).name)"
            } catch {
                return "\(sender): \(error.text)"
            }
        }
    }

    /// The envelope sender of mail that the user joe hands in without one.
    private static func ownSender(_ configuration: Configuration) -> String {
        guard let account = configuration.defaultAccount else { return "no account" }
        guard let path = account.sender.address?.reversePath(author: nil, user: "joe") else { return "joe" }
        return path == .null ? "<>" : path.description
    }

    private static func contents(_ name: String) -> String? {
        guard let stream = fopen(folder + name, "r") else { return nil }
        defer { fclose(stream) }
        var bytes = [UInt8](repeating: 0, count: 1 << 16)
        let count = fread(&bytes, 1, bytes.count, stream)
        return String(validating: bytes[..<count], as: UTF8.self)
    }
}
