// kill -9 in the middle of a burst: what was accepted arrives.

import Glibc
import Testing

extension RealServers {
    @Suite struct CrashTests {
        private static let burst = 500
        /// After how many accepted messages the daemon is killed.
        private static let kills = [150, 300]

        @Test func everyAcceptedMessageArrives() async throws {
            let box = Mailbox(16)
            let smarthost = try await Smarthost(Account.submission())
            let accepted = try await burst(into: smarthost, for: box)
            #expect(accepted.count == Self.burst)
            let arrived = try await eventually("every accepted message in the mailbox") {
                guard box.files.count >= Self.burst else { return Set<String>?.none }
                let subjects = box.files.compactMap { try? StoredMessage(file: $0).values("Subject").first }
                return accepted.isSubset(of: subjects) ? Set(subjects) : nil
            }
            #expect(arrived == accepted)
            _ = try await eventually("an empty queue") {
                try await smarthost.mailq() == "Mail queue is empty\n" ? true : nil
            }
        }

        /// Eight callers at a time, each of whom tries again what was not accepted; the subjects that were.
        private func burst(into smarthost: Smarthost, for box: Mailbox) async throws -> Set<String> {
            var waiting = (0..<Self.burst).map { "burst \($0)" }
            var accepted: Set<String> = []
            try await withThrowingTaskGroup(of: (subject: String, exitCode: CInt)?.self) { group in
                func submit() {
                    guard let subject = waiting.popLast() else { return }
                    let written = SampleMessage.plain.written(
                        from: "alice@example.test", to: box.address, subject: subject)
                    group.addTask {
                        (subject, try await smarthost.sendmail("-t", message: written).exitCode)
                    }
                }
                for _ in 0..<8 { submit() }
                while let result = try await group.next() {
                    guard let (subject, exitCode) = result else { continue }
                    if exitCode == 0 {
                        accepted.insert(subject)
                        if Self.kills.contains(accepted.count) {
                            try await smarthost.end(SIGKILL)
                            // The callers go on meanwhile, and find nobody.
                            group.addTask {
                                try await smarthost.start()
                                return nil
                            }
                        }
                    } else {
                        #expect(exitCode == 69)
                        waiting.append(subject)
                    }
                    submit()
                }
            }
            return accepted
        }
    }
}
