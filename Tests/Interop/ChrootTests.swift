// The shim where nothing else is: in another system's tree as another user, and in an empty one.

import Testing

extension RealServers {
    @Suite struct ChrootTests {
        @Test func anotherUserInAnotherSystem() async throws {
            let box = Mailbox(19)
            let smarthost = try await Smarthost(
                Account.mailcatcher, socket: "\(Laboratory.root)/MAILSOCK/chroot",
                listen: "user=mailer group=www-data mode=0660")
            let program = "\(smarthost.folder.path)/sendmail".dropFirst(Laboratory.root.count)
            _ = try await run(["cp", Built.sendmail, Laboratory.root + program]).succeeded("cp")
            let written = SampleMessage.plain.written(
                from: "alice@example.test", to: box.address, subject: "other system")
            let call = [String(program), "-t", "--socket", "/MAILSOCK/chroot"]
            let outcome = try await run(
                ["chroot", "--userspec=www-data:www-data", Laboratory.root] + call, input: written,
                environment: ["PATH": "/usr/bin:/usr/sbin"])
            #expect(outcome == .silentSuccess)
            #expect(try await box.message("other system").differences(from: written) == [])

            let stranger = try await run(
                ["chroot", "--userspec=nobody:nogroup", Laboratory.root] + call, input: written,
                environment: ["PATH": "/usr/bin:/usr/sbin"])
            #expect(stranger.exitCode == 77)
            #expect(
                stranger.error.hasPrefix(
                    "sendmail: /MAILSOCK/chroot: permission denied for uid 65534, gid 65534: the socket belongs to "
                        + "uid 5001, gid 33, mode 0660"))
        }

        @Test func emptyTree() async throws {
            let box = Mailbox(20)
            let tree = try Folder()
            let smarthost = try await Smarthost(Account.mailcatcher, socket: tree.file("socket"))
            _ = try await run(["cp", Built.sendmail, tree.file("sendmail")]).succeeded("cp")
            #expect(namesOfFiles(in: tree.path).sorted() == ["sendmail", "socket"])
            let written = SampleMessage.plain.written(
                from: "alice@example.test", to: box.address, subject: "empty tree")
            let outcome = try await run(
                ["chroot", "--userspec=65534:65534", tree.path, "/sendmail", "-t", "--socket", "/socket"],
                input: written, environment: ["PATH": "/usr/bin:/usr/sbin"])
            #expect(outcome == .silentSuccess)
            #expect(try await box.message("empty tree").differences(from: written) == [])
            try await smarthost.end()
        }
    }
}
