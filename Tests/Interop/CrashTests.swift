// kill -9 in the middle of a burst: what was accepted arrives.

import Glibc
import Testing

extension RealServers {
    @Suite struct CrashTests {
        private static let burst = 500

        @Test func everyAcceptedMessageArrives() async throws {
            let box = Mailbox(16)
            let smarthost = try await Smarthost(Account.submission())
            var accepted: Set<String> = []
            var refused = 0
            var next = 0
            try await withThrowingTaskGroup(of: (String, CInt).self) { group in
                func submit() {
                    let subject = "burst \(next)"
                    next += 1
                    group.addTask {
                        let written = SampleMessage.plain.written(
                            from: "alice@example.test", to: box.address, subject: subject)
                        return (subject, try await smarthost.sendmail("-t", message: written).exitCode)
                    }
                }
                for _ in 0..<8 { submit() }
                while let (subject, exitCode) = try await group.next() {
                    if exitCode == 0 { accepted.insert(subject) } else { refused += 1 }
                    #expect(exitCode == 0 || exitCode == 69)
                    if accepted.count == Self.burst / 3, smarthost.process != nil {
                        // The callers go on meanwhile, and find nobody.
                        try await smarthost.end(SIGKILL)
                        #expect(!box.files.isEmpty, "the kill has to come while mail is on its way")
                        group.addTask {
                            try await smarthost.start()
                            return ("", 69)
                        }
                    }
                    if next < Self.burst { submit() }
                }
            }
            #expect(accepted.count + refused > Self.burst)
            let subjects = try await eventually("every accepted message in the mailbox") {
                guard box.files.count >= accepted.count else { return Set<String>?.none }
                let arrived = Set(
                    box.files.compactMap { try? StoredMessage(file: $0).values("Subject").first })
                return accepted.isSubset(of: arrived) ? arrived : nil
            }
            #expect(subjects.count >= accepted.count)
            _ = try await eventually("an empty queue") {
                try await smarthost.mailq() == "Mail queue is empty\n" ? true : nil
            }
        }
    }
}
