// Which key signs a message: the one of an author's domain or of a domain above it (RFC 6376 6.1 leaves
// the choice to the signer; DMARC wants d= to align with From). Loading throws KeyProblem, choosing
// DeliveryFailure.
public import DKIMCore
public import MailCore
public import SmarthostConfiguration

/// The signers of the `dkim` sections.
public struct KeyRing: Sendable {
    private let signers: [String: Signer]
    /// The key that DKIMSELECTOR, DKIMDOMAIN and DKIMKEYFILE name signs every message, whoever wrote it, as
    /// dkimsign did in the pipeline that these variables come from.
    private let fallback: Signer?

    /// Makes the signers; `readKey` gives a key file's bytes after checking who else can read them.
    public init(
        _ sections: [SigningSettings], readKey: (_ source: KeySource) throws(KeyProblem) -> [UInt8]
    ) throws(KeyProblem) {
        var signers: [String: Signer] = [:]
        var fallback: Signer?
        for section in sections {
            for key in section.keys {
                let signer = try Self.signer(section, key, pem: try readKey(key.source))
                signers[section.domain] = signer
                if section.scope == .everybody { fallback = signer }
            }
        }
        self.signers = signers
        self.fallback = fallback
    }

    /// Whether there is any key; without one unsigned mail is what was asked for.
    public var isEmpty: Bool { signers.isEmpty }

    private static func signer(
        _ section: SigningSettings, _ key: SigningSettings.Key, pem: consuming [UInt8]
    ) throws(KeyProblem) -> Signer {
        var policy = Signer.Policy()
        policy.headerCanonicalization = section.headerCanonicalization == .simple ? .simple : .relaxed
        policy.bodyCanonicalization = section.bodyCanonicalization == .simple ? .simple : .relaxed
        policy.identity = section.identity
        policy.lifetime = section.expiry?.components.seconds
        if let signed = section.signedFields { policy.fields.signed = signed }
        if let oversigned = section.oversignedFields { policy.fields.oversigned = oversigned }
        do throws(DKIMError) {
            return try Signer(
                domain: section.domain, selector: key.selector, key: try SigningKey(pem: pem), policy: policy)
        } catch {
            throw KeyProblem("\(section.origin): dkim \(section.domain): \(key.source): \(error)")
        }
    }

    /// The signer for a message with that header: the first author's for whose domain there is one. Nil where
    /// no key is meant for any of them; throws in the phase `signing` where that cannot be known.
    public func signer(for header: MessageHeader) throws(DeliveryFailure) -> Signer? {
        if signers.isEmpty { return nil }
        let authors = AuthorDomains(of: header)
        if let signer = authors.domains.lazy.compactMap(signer(forDomain:)).first ?? fallback {
            return signer
        }
        if authors.areComplete { return nil }
        throw DeliveryFailure(
            .transient, .message, .signing,
            "not sent: From cannot be read, so it is not known whose key signs it; put the From field of the "
                + "program that wrote it right and remove this message from the queue")
    }

    /// That domain's own signer, or the one of the nearest domain above it.
    private func signer(forDomain domain: String) -> Signer? {
        var labels = domain.lowercased().split(separator: ".", omittingEmptySubsequences: false)
        while !labels.isEmpty {
            if let signer = signers[labels.joined(separator: ".")] { return signer }
            labels.removeFirst()
        }
        return nil
    }
}

/// A signing key that cannot be used; one line that names the file and what to do.
public struct KeyProblem: Error, Equatable, Sendable, CustomStringConvertible {
    public let description: String

    public init(_ description: String) { self.description = description }
}
