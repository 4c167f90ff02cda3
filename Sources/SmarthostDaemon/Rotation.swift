// The rotation of keys as the other modules know it: submission asks for it, this system is around it.
import LinuxIO
import MailLog
import Signing
import Submission

/// Submission's view of the keys.
struct RotatorAgent: SigningAgent {
    let rotator: KeyRotator
    let keys: SigningKeys

    func rotateKeys(of domain: String, selector: String?) async throws(SigningRefusal) -> String {
        try await Self.asking { () throws(RotationRefusal) in
            try await rotator.rotate(domain, selector: selector)
        }
    }

    func cancelRotation(of domain: String) async throws(SigningRefusal) -> String {
        try await Self.asking { () throws(RotationRefusal) in try await rotator.cancel(domain) }
    }

    func keyStatus(of domain: String?) async throws(SigningRefusal) -> String {
        try await Self.asking { () throws(RotationRefusal) in try await rotator.status(of: domain) }
    }

    func unsignedMessages() async -> Int { keys.unsignedMessages }

    private static func asking(
        _ body: () async throws(RotationRefusal) -> String
    ) async throws(SigningRefusal) -> String {
        do throws(RotationRefusal) { return try await body() } catch {
            let kind: SigningRefusal.Kind =
                switch error.kind {
                case .usage: .usage
                case .unknown: .unknown
                case .system: .system
                }
            throw SigningRefusal(kind, error.text)
        }
    }
}

extension KeyRotator.Surroundings {
    /// This machine, its clock and its resolver.
    static func system(
        _ loop: EventLoop, workers: WorkerPool, patient: WorkerPool, _ log: @escaping LogSink
    ) -> KeyRotator.Surroundings {
        KeyRotator.Surroundings(
            loop: loop, workers: workers, patient: patient, now: { Host.milliseconds / 1000 },
            format: { Host.format($0, "%Y-%m-%d %H:%M:%S") }, date: { Host.format($0, "%Y%m%d") },
            lookUp: { .init(lookUpTextRecords($0)) }, log: log)
    }
}
