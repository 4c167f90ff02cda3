// What a server must not ask of libgsasl and the libraries behind it: work without end, or to read beyond
// what it sent. Throws SASLFailure.

/// SCRAM's iterations at most: about two seconds of work. Servers ask for 4,096 to some 100,000.
private let iterationsAtMost = 1_000_000

/// Looks at a challenge before the mechanism does. `responses` were given before it.
func checkChallenge(
    _ challenge: [UInt8], of mechanism: Mechanism, after responses: Int
) throws(SASLFailure) {
    let problem: String? =
        switch (mechanism.name, responses) {
        // RFC 2195 2: the challenge carries what makes the digest good for one time only.
        case ("CRAM-MD5", _) where challenge.isEmpty || challenge.contains(0):
            "CRAM-MD5: the server's challenge is empty or has a NUL in it"
        case ("NTLM", 1) where !isNTLMChallenge(challenge): "NTLM: the server's challenge is malformed"
        case (_, 1) where mechanism.keepsThePassword && !hasFewIterations(challenge):
            "\(mechanism.name): the server asks for more than \(iterationsAtMost) iterations"
        default: nil
        }
    if let problem { throw SASLFailure(kind: .challenge, description: problem) }
}

/// RFC 5802 7: server-first-message, in which `i=` is the count. What is malformed libgsasl refuses.
private func hasFewIterations(_ challenge: [UInt8]) -> Bool {
    challenge.split(separator: UInt8(ascii: ",")).allSatisfy { attribute in
        guard attribute.starts(with: "i=".utf8) else { return true }
        let digits = attribute.dropFirst(2)
        return digits.count <= 7 && (Int(String(decoding: digits, as: UTF8.self)) ?? 0) <= iterationsAtMost
    }
}

/// MS-NLMP 2.2.1.2: signature, type 2, and a target name that lies within the message.
private func isNTLMChallenge(_ challenge: [UInt8]) -> Bool {
    guard (32...1024).contains(challenge.count), challenge.starts(with: "NTLMSSP\0".utf8) else {
        return false
    }
    func number(at index: Int, bytes: Int) -> Int {
        (0..<bytes).reduce(0) { $0 | Int(challenge[index + $1]) << (8 * $1) }
    }
    let length = number(at: 12, bytes: 2)
    return number(at: 8, bytes: 4) == 2
        && (length == 0 || number(at: 16, bytes: 4) + length <= challenge.count)
}
