// Which keys sign a message: those of an author's domain or of a domain above it (RFC 6376 6.1 leaves the
// choice to the signer; DMARC wants d= to align with From), else those that are for everybody. Choosing
// throws DeliveryFailure.
public import DKIMCore
internal import IDNA
public import MailCore
public import SmarthostConfiguration

/// The signers of the `dkim` sections.
public struct KeyRing: Sendable {
    /// By domain in A-labels; the one for everybody is at `*`.
    var sections: [String: KeySection]
    /// What becomes of a message for which there is no key; nil: what is usual.
    let missing: MissingKeyPolicy?

    /// Whether there is any key; without one unsigned mail is what was asked for.
    public var isEmpty: Bool { sections.isEmpty }

    /// What to tell the owners of keys that can be used but should not be (RFC 8301), a line for each.
    public var warnings: [String] { sections.values.flatMap(\.keys).compactMap(\.warning).sorted() }

    /// Who signs, or why nobody does.
    public enum Decision: Sendable {
        /// Never empty; the signatures stand side by side.
        case signed(by: [Signer])
        case unsigned(UnsignedReason)
    }

    /// Why a message goes out without a signature.
    public enum UnsignedReason: Equatable, Sendable {
        /// No key is configured at all.
        case noKeys
        /// `dkim_domain off`.
        case choice
        /// There are keys, but none for its author, and `dkim_missing send` says that this is no obstacle.
        case noKeyForAuthor
    }

    /// The signers for a message with that header; none where it goes out unsigned. Throws in the phase
    /// `signing` where it does not go out.
    public func signers(
        for header: MessageHeader, _ choice: SigningChoice = .automatic
    ) throws(DeliveryFailure) -> [Signer] {
        if case .signed(let signers) = try decision(on: header, choice) { return signers }
        return []
    }

    /// Several authors: the first for whose domain, or a domain above it, there is a key. Throws in the phase
    /// `signing` where the message waits or is refused for want of a key.
    public func decision(
        on header: MessageHeader, _ choice: SigningChoice
    ) throws(DeliveryFailure) -> Decision {
        switch choice {
        case .off: return .unsigned(.choice)
        case .section(let name):
            guard let section = section(named: name) else { throw .noSuchSection(name) }
            return .signed(by: try section.readySigners())
        case .automatic:
            let authors = AuthorDomains(of: header)
            if let section = authors.domains.lazy.compactMap(section(forAuthorOf:)).first ?? sections["*"] {
                return .signed(by: try section.readySigners())
            }
            return .unsigned(try reason(toSend: authors))
        }
    }

    /// That domain's own section, or the one of the nearest domain above it. A name that is no domain's has
    /// no key.
    private func section(forAuthorOf domain: String) -> KeySection? {
        guard let ascii = try? InternationalDomain.ascii(domain) else { return nil }
        var labels = ascii.split(separator: ".", omittingEmptySubsequences: false)
        while !labels.isEmpty {
            if let section = sections[labels.joined(separator: ".")] { return section }
            labels.removeFirst()
        }
        return nil
    }

    /// The section that `dkim_domain` names: the environment's key has only its domain for a name.
    private func section(named name: String) -> KeySection? {
        guard let ascii = try? InternationalDomain.ascii(name) else { return nil }
        return sections[ascii] ?? sections["*"].flatMap { $0.domain == ascii ? $0 : nil }
    }

    /// Why a message goes out for whose authors there is no key; throws where it does not.
    private func reason(toSend authors: AuthorDomains) throws(DeliveryFailure) -> UnsignedReason {
        switch missing ?? (isEmpty ? .send : .defer) {
        case .send where isEmpty: return .noKeys
        // It may be a message that has a key.
        case .reject where !isEmpty && !authors.areComplete: throw .unreadableAuthor(.permanent)
        case _ where !isEmpty && !authors.areComplete: throw .unreadableAuthor(.transient)
        case .send: return .noKeyForAuthor
        case .defer: throw .noKey(for: authors.domains.first, .transient)
        case .reject: throw .noKey(for: authors.domains.first, .permanent)
        }
    }
}

extension KeySection {
    /// Throws where it is not known which keys sign, and where none is left.
    fileprivate func readySigners() throws(DeliveryFailure) -> [Signer] {
        if let obstacle { throw .keysNotKnown(obstacle) }
        guard !keys.isEmpty else { throw .noKeyLeft(of: domain) }
        return signers
    }
}

extension DeliveryFailure {
    /// RFC 7372 3.1: no passing signature is what the mail would have at its receiver.
    private static let noSignature = EnhancedStatusCode(5, 7, 20)

    fileprivate static func noKey(
        for domain: String?, _ disposition: Disposition
    ) -> DeliveryFailure {
        let whose = domain.map { "\($0), the domain of its From field" } ?? "the domain of its From field"
        let example = domain ?? "DOMAIN"
        return DeliveryFailure(
            disposition, .message, .signing, enhanced: disposition == .permanent ? noSignature : nil,
            "not sent: there is no DKIM key for \(whose); add a section `dkim \(example)`, or allow unsigned "
                + "mail with `dkim_missing send` in the section daemon")
    }

    fileprivate static func unreadableAuthor(_ disposition: Disposition) -> DeliveryFailure {
        DeliveryFailure(
            disposition, .message, .signing, enhanced: disposition == .permanent ? noSignature : nil,
            "not sent: From cannot be read, so it is not known whose key signs it; put the From field of the "
                + "program that wrote it right"
                + (disposition == .permanent ? "" : " and remove this message from the queue"))
    }

    fileprivate static func keysNotKnown(_ obstacle: String) -> DeliveryFailure {
        DeliveryFailure(.transient, .message, .signing, "not sent: \(obstacle)")
    }

    fileprivate static func noKeyLeft(of domain: String) -> DeliveryFailure {
        DeliveryFailure(
            .transient, .message, .signing,
            "not sent: the configured key of \(domain) is withdrawn, and the one that follows it cannot be read; "
                + "put its file back (smarthostd logs which at its start), or configure a new key")
    }

    fileprivate static func noSuchSection(_ name: String) -> DeliveryFailure {
        DeliveryFailure(
            .transient, .message, .signing,
            "not sent: dkim_domain names \(name), but there is no section `dkim \(name)`; add it")
    }
}
