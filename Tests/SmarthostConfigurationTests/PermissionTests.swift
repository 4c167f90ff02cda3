// Who may read a secret: the whole matrix of modes, owners and groups.

import Testing

@testable import SmarthostConfiguration

struct PermissionTests {
    static let mailer = ProcessIdentity(userID: 990, groupID: 990, userName: "mailer", groupName: "mailer")

    static func metadata(
        _ owner: UInt32, _ group: UInt32, _ mode: UInt32, resolved: String? = nil
    ) -> FileMetadata {
        let names: [UInt32: String] = [0: "root", 990: "mailer", 33: "www-data"]
        return FileMetadata(
            ownerID: owner, groupID: group, ownerName: names[owner], groupName: names[group], mode: mode,
            resolvedPath: resolved)
    }

    struct Row: Sendable {
        let owner: UInt32, group: UInt32, mode: UInt32
        let process: ProcessIdentity
        /// Nil: safe.
        let text: String?

        init(_ owner: UInt32, _ group: UInt32, _ mode: UInt32, _ process: ProcessIdentity, _ text: String?) {
            (self.owner, self.group, self.mode, self.process, self.text) = (owner, group, mode, process, text)
        }
    }

    @Test(arguments: [
        Row(0, 0, 0o600, World.root, nil),
        Row(0, 0, 0o400, World.root, nil),
        Row(0, 0, 0o640, World.root, nil),
        Row(990, 990, 0o600, mailer, nil),
        Row(0, 990, 0o640, mailer, nil),
        Row(0, 990, 0o440, mailer, nil),
        Row(990, 33, 0o711, mailer, nil),
        Row(
            0, 0, 0o644, World.root,
            "holds a secret and every user can read it (mode 0644, owner root, group root); mend it: chmod 600 /f"
        ),
        Row(
            0, 0, 0o602, World.root,
            "holds a secret and every user can write it (mode 0602, owner root, group root); mend it: chmod 600 /f"
        ),
        Row(
            0, 33, 0o640, World.root,
            "holds a secret and group www-data can read it (mode 0640, owner root, group www-data); mend it: chmod 600 /f"
        ),
        Row(
            990, 33, 0o660, mailer,
            "holds a secret and group www-data can read it (mode 0660, owner mailer, group www-data); mend it: chmod 600 /f"
        ),
        Row(0, 0, 0o440, mailer, nil),
        Row(
            33, 33, 0o644, World.root,
            "holds a secret and every user can read it (mode 0644, owner www-data, group www-data); mend it: chown root /f && chmod 600 /f"
        ),
        Row(
            1001, 1002, 0o640, mailer,
            "holds a secret and group 1002 can read it (mode 0640, owner 1001, group 1002); mend it: chown mailer /f && chmod 600 /f"
        ),
    ])
    func secret(_ row: Row) {
        let verdict = FilePermissions.check(
            "/f", Self.metadata(row.owner, row.group, row.mode), holds: .secret, for: row.process)
        #expect(verdict == (row.text.map { .refused($0) } ?? .safe))
    }

    @Test func warnsOfAnOwnerWhoIsNeitherRootNorTheDaemon() {
        let verdict = FilePermissions.check(
            "/etc/my rc", Self.metadata(33, 33, 0o600), holds: .secret, for: World.root)
        #expect(
            verdict
                == .warning(
                    "holds a secret, and its owner www-data can read it; better: chown root '/etc/my rc' && chmod 600 '/etc/my rc'"
                ))
    }

    @Test func warnsOfAnOwnerWhoCouldChangeTheCommandsAndRunsThem() throws {
        let source = World.source(commands: ["gen": "host h"])
        let file = World.file("eval gen\n", Self.metadata(33, 33, 0o600))
        let configuration = try Configuration.parse(file, path: "/c", from: source)
        #expect(
            configuration.warnings.map(\.description) == [
                "/c: warning: names commands to run, and its owner www-data can change it; better: chown root /c && chmod 600 /c"
            ])
    }

    @Test func aSecretFileByItself() {
        let finding = FilePermissions.finding(
            aboutSecret: "/k.pem", Self.metadata(0, 0, 0o604), for: World.root)
        #expect(
            finding?.description == "/k.pem: holds a secret and every user can read it "
                + "(mode 0604, owner root, group root); mend it: chmod 600 /k.pem")
        #expect(FilePermissions.finding(aboutSecret: "/k.pem", World.safe, for: World.root) == nil)
    }

    @Test func tellsKubernetesVolumesByTheirLinks() {
        let projected = Self.metadata(0, 990, 0o644, resolved: "/etc/dkim/..2026_11_20_10_00_00.1/key.pem")
        #expect(
            FilePermissions.check("/etc/dkim/key.pem", projected, holds: .secret, for: Self.mailer)
                == .refused(
                    "holds a secret and every user can read it (mode 0644, owner root, group mailer); mend it: "
                        + "set `defaultMode: 0400` on the Kubernetes volume (0440 with fsGroup and runAsGroup alike)"
                ))
        let mended = Self.metadata(0, 990, 0o440, resolved: "/etc/dkim/..2026_11_20_10_00_00.1/key.pem")
        #expect(FilePermissions.check("/etc/dkim/key.pem", mended, holds: .secret, for: Self.mailer) == .safe)
    }

    @Test(
        arguments: [
            (
                0o644, "host h\npassword p\n",
                [
                    "/c:2: holds a secret and every user can read it (mode 0644, owner root, group root); mend it: chmod 600 /c"
                ]
            ),
            (0o644, "host h\npassword\n", []),
            (0o644, "host h\npasswordeval cat /x\n", []),
            (0o644, "host h\npassword_file /run/secrets/p\n", []),
            (0o644, "host h\neval echo password p\n", []),
            (0o666, "host h\n", []),
            (
                0o666, "host h\neval echo password p\n",
                [
                    "/c: names commands to run and every user can write it (mode 0666, owner root, group root); mend it: chmod 600 /c"
                ]
            ),
            (
                0o602, "host h\npasswordeval cat /x\n",
                [
                    "/c: names commands to run and every user can write it (mode 0602, owner root, group root); mend it: chmod 600 /c"
                ]
            ),
        ] as [(UInt32, String, [String])])
    func whatMakesAFileWorthGuarding(_ mode: UInt32, _ text: String, _ errors: [String]) {
        let source = World.source(commands: ["echo password p": "password p\n"])
        let file = World.file(text, Self.metadata(0, 0, mode))
        do throws(ConfigurationError) {
            _ = try Configuration.parse(file, path: "/c", from: source)
            #expect(errors == [])
        } catch {
            #expect(error.errors.map(\.description) == errors)
        }
    }
}
