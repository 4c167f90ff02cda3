// A bit flipped in what a signature covers: neither we nor a foreign verifier may accept it. Every byte of
// one message, and a seeded sample of every golden message's. Which bits are signed our canonical forms say.
import DKIMCore
import MailCore
import TestSupport
import Testing

extension RealServers {
    @Suite struct FlippedBitTests {
        private static let batch = Task {
            let keys = try await BulkKeys.shared.value
            var batch = try Batch<Flip>()
            for (number, message) in try GoldenMessage.all().enumerated() {
                for flip in try flips(of: message, number, keys) { try batch.add(flip, flip.changed) }
                await Task.yield()  // other tests wait for servers in the meantime
            }
            return batch
        }

        @Test func weNotice() async throws {
            let keys = try await BulkKeys.shared.value
            let flips = try await Self.batch.value.items.map(\.item)
            #expect(flips.count > 3_000)
            var accepted: [Flip] = []
            for flip in flips {
                if keys.verify(flip.changed).first?.verdict == .pass { accepted.append(flip) }
                await Task.yield()
            }
            #expect(accepted.isEmpty, "\(accepted.prefix(20))")
        }

        @Test(arguments: Verifier.allCases) func peersNotice(_ peer: Verifier) async throws {
            let laxities = try GoldenMessage.commonErrors()
                .filter { $0.kind == .alsoAccepts && $0.peer == peer.rawValue }
            var used: Set<String> = []
            var complaints: [String] = []
            for (flip, results) in try await peer.verify(Self.batch.value) where results.first == "pass" {
                let excuse = laxities.reduce(into: Set()) { $0.formUnion($1.conditions) }
                if flip.isSame(for: excuse) {
                    used.formUnion(excuse.filter { !flip.isSame(for: excuse.subtracting([$0])) })
                } else {
                    complaints.append("\(flip): \(peer.rawValue): pass")
                }
            }
            complaints += laxities.filter { !$0.conditions.isSubset(of: used) }.map {
                "00-every-message: \(peer.rawValue) \($0.conditions): errs no more"
            }
            #expect(complaints.isEmpty, "\(complaints.prefix(20).joined(separator: "\n"))")
        }

        /// Every byte of the most folded message under one RSA signature, in letters and digits one bit, in
        /// others all; of every other message that is not large some bits of an RSA and of an Ed25519
        /// signature, of the header and of the body.
        private static func flips(
            of message: GoldenMessage, _ number: Int, _ keys: BulkKeys
        ) throws -> [Flip] {
            guard message.wire.count < 30_000 else { return [] }
            func original(_ kind: SignatureKind) throws -> Flip.Original {
                try Flip.Original(
                    SignedCase(message: message, kind: kind), keys.sign(message.wire, kind))
            }
            if message.name == everyByte {
                let original = try original(SignatureKind([.rsaSHA256], .relaxed, .relaxed))
                return original.wire.indices.flatMap { index in
                    let isDigit = Base64Digits.contains(original.wire[index])
                    let bits = isDigit ? index % 8..<index % 8 + 1 : 0..<8
                    return bits.map { Flip(original, index, $0) }.filter(\.isSigned)
                }
            }
            var random = Random(state: UInt64(number))
            return try [SignatureKind.single[number % 4], SignatureKind.single[4 + number / 2 % 4]].flatMap {
                let original = try original($0)
                return parts(of: original.wire).flatMap { part in
                    (0..<6).map { _ in
                        Flip(
                            original, Int.random(in: part, using: &random),
                            Int.random(in: 0..<8, using: &random))
                    }.filter(\.isSigned)
                }
            }
        }

        private static let everyByte = "58-blanks-at-ends-of-folds"

        /// The signature's field, the other fields, and the body, as far as there are any.
        private static func parts(of wire: [UInt8]) -> [Range<Int>] {
            let (header, body) = partedOnWire(wire)
            let signature = header.fields[0].bytes.count + 2
            let end = wire.count - body.count
            return [0..<signature, signature..<end, end..<wire.count].filter { !$0.isEmpty }
        }
    }
}

/// The same sequence in every run (SplitMix64).
private struct Random: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
