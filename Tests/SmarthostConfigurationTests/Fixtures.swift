// A world for the configuration to be read in: files, host names and a process made up by the test.

import SmarthostConfiguration

enum World {
    static let path = "/etc/msmtprc"
    static let safe = FileMetadata(
        ownerID: 0, groupID: 0, ownerName: "root", groupName: "root", mode: 0o600)
    static let root = ProcessIdentity(userID: 0, groupID: 0, userName: "root", groupName: "root")

    static func source(
        files: [String: SourceFile] = [:], environment: [String: String] = [:],
        commands: [String: String] = [:], home: String? = "/home/mailer", process: ProcessIdentity = root
    ) -> ConfigurationSource {
        ConfigurationSource(
            read: { path throws(SourceFailure) in
                guard let file = files[path] else { throw .notFound }
                return file
            },
            run: { command throws(SourceFailure) in
                guard let output = commands[command] else { throw .other("exit status 127") }
                return Array(output.utf8)
            },
            environment: { environment[$0] }, homeDirectory: home, stateDirectory: "/var/lib/smarthost",
            names: HostNames(
                hostName: { "web1" }, canonicalName: { "web1.example.org" }, mailName: { nil }),
            process: process)
    }

    static func file(_ text: String, _ metadata: FileMetadata = safe) -> SourceFile {
        SourceFile(bytes: Array(text.utf8), metadata: metadata)
    }

    static func parse(
        _ text: String, from source: ConfigurationSource = source()
    ) throws(ConfigurationError) -> Configuration {
        try Configuration.parse(file(text), path: path, from: source)
    }

    /// The errors of a file that is refused, a line each; none if it is taken.
    static func errors(_ text: String, from source: ConfigurationSource = source()) -> [String] {
        do throws(ConfigurationError) {
            _ = try parse(text, from: source)
            return []
        } catch {
            return error.errors.map(\.description)
        }
    }

    static func warnings(_ text: String) throws -> [String] { try parse(text).warnings.map(\.description) }
}

extension Configuration {
    /// The relay of the default account.
    var relay: Relay? {
        guard case .relay(let relay) = defaultAccount?.route else { return nil }
        return relay
    }
}
