// The golden messages in bulk: what we sign in every way, three foreign verifiers accept, and what they sign,
// we accept. Where one of them errs, the message's readme says so (`refused-by: PEER CONDITION…`) and this
// looks whether it is still true.
import DKIMCore
import MailCore
import TestSupport
import Testing

extension RealServers {
    @Suite struct ForeignSignatureTests {
        /// All the golden messages, signed by us.
        private static let signed = Task {
            let keys = try await BulkKeys.shared.value
            var batch = try Batch<SignedCase>()
            for (number, message) in try GoldenMessage.all().enumerated() {
                for kind in SignatureKind.single + [.both(number)] {
                    try batch.add(
                        SignedCase(message: message, kind: kind), try keys.sign(message.wire, kind))
                    await Task.yield()  // other tests wait for servers in the meantime
                }
            }
            return batch
        }

        @Test(arguments: Verifier.allCases) func acceptsOurs(_ peer: Verifier) async throws {
            let batch = try await Self.signed.value
            #expect(batch.items.count >= 64 * 9)
            var judge = try Judge(peer)
            for (signed, results) in try await peer.verify(batch) {
                for (index, algorithm) in signed.kind.algorithms.enumerated() {
                    let result = index < results.count ? results[index] : results.last ?? "no result"
                    judge.expect(
                        result == "pass", unless: .refused, of: signed, algorithm,
                        "\(peer.rawValue) of ours: \(result)")
                }
            }
            #expect(judge.complaints.isEmpty, "\(judge.summary)")
        }

        @Test(arguments: Verifier.allCases) func signsForUs(_ peer: Verifier) async throws {
            let keys = try await BulkKeys.shared.value
            var sources = try Batch<GoldenMessage>()
            for message in try GoldenMessage.all() { try sources.add(message, message.wire) }
            var batch = try Batch<(signed: SignedCase, source: String)>()
            for (message, source) in sources.items {
                for kind in SignatureKind.single where peer.algorithms.contains(kind.algorithms[0]) {
                    _ = batch.add((SignedCase(message: message, kind: kind), source))
                }
            }
            var judge = try Judge(peer)
            for (item, file, answer) in try await peer.sign(batch, { ($0.signed.kind, $0.source) }) {
                let (signed, algorithm) = (item.signed, item.signed.kind.algorithms[0])
                judge.expect(
                    answer == "signed", unless: .notSigned, of: signed, algorithm,
                    "\(peer.rawValue) signs: \(answer)")
                guard answer == "signed" else { continue }
                let result = keys.verify(try readFile(file)).first
                await Task.yield()
                judge.expect(
                    result?.verdict == .pass, unless: .missigned, of: signed, algorithm,
                    "we, of \(peer.rawValue)'s: \(result?.description ?? "no signature")")
            }
            judge.expectCommonErrors(.missigned)
            #expect(judge.complaints.isEmpty, "\(judge.summary)")
        }
    }
}

/// A golden message and how it is signed.
struct SignedCase: Sendable, CustomStringConvertible {
    let message: GoldenMessage
    let kind: SignatureKind
    var description: String { "\(message), \(kind)" }
}

/// Holds what a peer did against what the readmes say of it.
private struct Judge {
    private let peer: Verifier
    private let common: [PeerError]
    private var hasCommonError = false
    private(set) var complaints: [String] = []
    var summary: String { complaints.prefix(40).joined(separator: "\n") }

    init(_ peer: Verifier) throws {
        self.peer = peer
        common = try GoldenMessage.commonErrors()
    }

    /// It must be right, unless the readme says that it errs or it does not know the algorithm: then it must err.
    mutating func expect(
        _ isRight: Bool, unless kind: PeerError.Kind, of signed: SignedCase, _ algorithm: SignatureAlgorithm,
        _ words: String
    ) {
        func has(_ errors: [PeerError]) -> Bool {
            errors.contains {
                $0.kind == kind && $0.peer == peer.rawValue
                    && $0.holds(algorithm.rawValue, header: signed.kind.header, body: signed.kind.body)
            }
        }
        let errs = has(signed.message.errors) || !peer.algorithms.contains(algorithm)
        if errs, isRight { complaints.append("\(signed): errs no more: \(words)") }
        guard !errs, !isRight else { return }
        if has(common) { hasCommonError = true } else { complaints.append("\(signed): \(words)") }
    }

    /// What may happen with every message has happened with one.
    mutating func expectCommonErrors(_ kind: PeerError.Kind) {
        let isKnown = common.contains { $0.kind == kind && $0.peer == peer.rawValue }
        if isKnown != hasCommonError { complaints.append("00-every-message: \(peer.rawValue) errs no more") }
    }
}
