// Sections without a configuration, with keys that are made once for the whole run.
import DKIMCore
import SmarthostConfiguration
import TestSupport

@testable import Signing
@testable import SmarthostConfiguration

extension SigningSettings {
    /// A section whose keys are files named after their selectors.
    static func test(
        _ domain: String, _ selectors: [String], scope: Scope = .domain,
        expiry: Duration? = .seconds(7 * 86_400), identity: String? = nil
    ) -> SigningSettings {
        SigningSettings(
            scope: scope, domain: domain,
            keys: selectors.map { Key(selector: $0, source: .file("/keys/\($0)"), origin: .builtIn) },
            headerCanonicalization: .relaxed, bodyCanonicalization: .relaxed, signedFields: nil,
            oversignedFields: nil, expiry: expiry, identity: identity, origin: .builtIn, settings: Settings())
    }
}

extension KeyRing {
    /// Selectors that begin with `ed` are Ed25519 keys, the others RSA.
    static func of(_ settings: [SigningSettings], missing: MissingKeyPolicy? = nil) throws -> KeyRing {
        try KeyRing(settings, missing: missing) { source throws(KeyProblem) in
            "\(source)".hasPrefix("/keys/ed") ? ed25519Key : testKey()
        }
    }
}

private let ed25519Key: [UInt8] = {
    var pem: [UInt8] = []
    try? SigningKey.generate(.ed25519SHA256).withPEM { span in pem = span.withUnsafeBytes { Array($0) } }
    return pem
}()
