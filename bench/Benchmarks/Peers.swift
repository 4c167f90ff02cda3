// DKIMCore beside dkimpy, Mail::DKIM and OpenDKIM's library: whole messages from bytes to signature and from
// bytes to verdict, with the key at hand. bench/peers runs the others. Throws BenchmarkFailure.
import DKIMCore
import LinuxIO
import MailCore

enum Peers {
    private static let domain = "bench.example"
    private static let selector = "rsa-sha256"
    private static let time: Int64 = 1_800_000_000

    static func run(_ place: Workplace) throws(BenchmarkFailure) {
        let messages = [2_048, 10_240, 102_400].map { wire(sampleMessage(size: $0)) }
        for (index, message) in messages.enumerated() {
            try place.write("\(place.folder)/message-\(index + 1).eml", message)
        }
        let (signed, verified) = try own(messages, place)
        report("DKIMCore", signed, verified)
        for line in try others(place) {
            let parts = line.split(separator: "\t").map(String.init)
            guard parts.count == 3 else { throw BenchmarkFailure("bench/peers: \(line): not understood") }
            if let theirSigned = Double(parts[1]), let theirVerified = Double(parts[2]) {
                report(parts[0], theirSigned, theirVerified)
                Report.ratio("signing", signed / theirSigned, of: "DKIMCore over \(parts[0])")
                Report.ratio("verifying", verified / theirVerified, of: "DKIMCore over \(parts[0])")
            } else {
                Report.reading("\(parts[1]) is left out", parts[2])
            }
        }
    }

    private static func report(_ name: String, _ signed: Double, _ verified: Double) {
        Report.reading(name, "\(decimal(signed)) signed/s, \(decimal(verified)) verified/s")
    }

    private static func others(_ place: Workplace) throws(BenchmarkFailure) -> [Substring] {
        let command = "bench/peers \(place.folder)"
        Report.command(command)
        do throws(CommandFailure) {
            let bytes = try outputOfShellCommand(command, until: .after(.seconds(120)))
            return String(decoding: bytes, as: UTF8.self).split(separator: "\n")
        } catch {
            throw BenchmarkFailure("\(command): \(error)")
        }
    }

    private static func own(
        _ messages: [[UInt8]], _ place: Workplace
    ) throws(BenchmarkFailure) -> (signed: Double, verified: Double) {
        guard let record = KeyRecord(publicKeyPEM: try place.read(place.publicKey))?.text else {
            throw BenchmarkFailure("\(place.publicKey): not a public key")
        }
        let pem = try place.read(place.signingKey)
        do throws(DKIMError) {
            let signer = try Signer(domain: domain, selector: selector, key: SigningKey(pem: pem))
            var signed: [[UInt8]] = []
            for message in messages { signed.append(try sign(message, signer) + message) }
            guard signed.allSatisfy({ isValid($0, record) }) else {
                throw DKIMError.cryptography("a signature of our own did not verify")
            }
            let signing = try Signatures.perSecond(units: 1) { () throws(DKIMError) in
                for message in messages { _ = try sign(message, signer) }
                return messages.count
            }
            let verifying = Signatures.perSecond(units: 1) {
                for message in signed where !isValid(message, record) { return 0 }
                return signed.count
            }
            return (signing, verifying)
        } catch {
            throw BenchmarkFailure("\(error)")
        }
    }

    private static func sign(_ message: [UInt8], _ signer: Signer) throws(DKIMError) -> [UInt8] {
        let (header, body) = parted(message)
        var hasher = signer.makeBodyHasher()
        hasher.update(body)
        let toSign = MessageToSign(header, envelope: nil, at: time)
        return try signer.signature(for: toSign, bodyHash: hasher.finish()).bytes + [ASCII.cr, ASCII.lf]
    }

    private static func isValid(_ message: [UInt8], _ record: String) -> Bool {
        let (header, body) = parted(message)
        var verifier = Verifier(header: header)
        verifier.update(body)
        let results = verifier.finish(at: time) { _ in .records([Array(record.utf8)]) }
        return results.map(\.verdict) == [.pass]
    }
}
