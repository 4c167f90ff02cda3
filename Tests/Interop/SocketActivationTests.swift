// systemd holds the socket, the first mail starts the daemon, and idleness ends it.

import Testing

extension RealServers {
    @Suite struct SocketActivationTests {
        @Test func firstMailStartsTheDaemon() async throws {
            let box = Mailbox(15)
            let smarthost = try await Smarthost(
                Account.submission(), daemonKeys: "idle_exit 1s", starts: false)
            let program = try Program(
                [
                    "systemd-socket-activate", "-l", smarthost.socket, "--fdname=submit", Built.smarthostd,
                    "--config", smarthost.configuration,
                ], log: smarthost.log)
            smarthost.adopt(program)
            let name = "/proc/\(program.process)/comm"
            let state = "/proc/net/unix"
            _ = try await eventually("systemd's socket") {
                String(decoding: try readFile(state), as: UTF8.self).contains(smarthost.socket) ? true : nil
            }
            #expect(try !readFile(name).starts(with: "smarthostd".utf8))

            let written = SampleMessage.plain.written(
                from: "alice@example.test", to: box.address, subject: "activated")
            #expect(try await smarthost.sendmail("-t", message: written) == .silentSuccess)
            #expect(try readFile(name).starts(with: "smarthostd".utf8))
            #expect(try await box.message("activated").differences(from: written) == [])
            #expect(try await program.outcome(within: .seconds(20)).exitCode == 0)
        }
    }
}
