// The keys of one `dkim` section, read and made into signers. Loading throws KeyProblem.
internal import DKIMCore
internal import IDNA
internal import MailCore
public import SmarthostConfiguration

/// A section's keys, which sign side by side.
struct KeySection: Sendable {
    /// d=, in A-labels.
    let domain: String
    let origin: Origin
    var keys: [HeldKey]
    /// Why it is not known which of the keys sign, with what to do: mail waits meanwhile.
    var obstacle: String?

    var signers: [Signer] { keys.map(\.signer) }
}

/// A key that is ready to sign.
struct HeldKey: Sendable {
    let signer: Signer
    let bits: Int
    /// What to tell its owner: it can be used but should not be.
    var warning: String?

    /// The same signature with another key; nil where the name or key cannot be used.
    func succeeded(by key: SigningKey, selector: String) -> HeldKey? {
        guard
            let signer = try? Signer(
                domain: signer.domain, selector: selector, key: key, policy: signer.policy)
        else { return nil }
        return HeldKey(signer: signer, bits: key.bits)
    }
}

/// A signing key that cannot be used; one line that names the file and what to do.
public struct KeyProblem: Error, Equatable, Sendable, CustomStringConvertible {
    public let description: String

    public init(_ description: String) { self.description = description }
}

extension KeyRing {
    /// Makes the signers; `readKey` gives a key's bytes after checking who else can read them. `missing` is
    /// the policy for mail without a key (`dkim_missing`).
    public init(
        _ settings: [SigningSettings], missing: MissingKeyPolicy? = nil,
        readKey: (_ source: KeySource) throws(KeyProblem) -> [UInt8]
    ) throws(KeyProblem) {
        sections = [:]
        self.missing = missing
        for setting in settings {
            let section = try KeySection(setting, readKey)
            let place = setting.scope == .everybody ? "*" : section.domain
            if let other = sections[place] {
                throw KeyProblem("\(setting.origin): \(setting.title) \(Self.clash(setting, other))")
            }
            sections[place] = section
        }
    }

    private static func clash(_ setting: SigningSettings, _ other: KeySection) -> String {
        setting.scope == .everybody
            ? "is for everybody, and so are the keys at \(other.origin); remove one of the two"
            : "is the same domain as that of the section at \(other.origin), \(other.domain) in another form; "
                + "remove one of the two"
    }
}

extension KeySection {
    fileprivate init(
        _ settings: SigningSettings, _ readKey: (_ source: KeySource) throws(KeyProblem) -> [UInt8]
    ) throws(KeyProblem) {
        origin = settings.origin
        do throws(InvalidDomainName) { domain = try InternationalDomain.ascii(settings.domain) } catch {
            throw KeyProblem("\(settings.origin): \(settings.title): not a domain name: \(error)")
        }
        keys = []
        for key in settings.keys {
            keys.append(try Self.key(key, of: settings, domain, pem: try readKey(key.source)))
        }
    }

    private static func key(
        _ key: SigningSettings.Key, of section: SigningSettings, _ domain: String, pem: consuming [UInt8]
    ) throws(KeyProblem) -> HeldKey {
        do throws(DKIMError) {
            let secret = try SigningKey(pem: pem)
            let signer = try Signer(
                domain: domain, selector: key.selector, key: secret, policy: Signer.Policy(section))
            let warning = secret.warning.map {
                "\(key.origin): \(section.title): \(key.source): \($0)"
            }
            return HeldKey(signer: signer, bits: secret.bits, warning: warning)
        } catch {
            throw KeyProblem("\(section.origin): \(section.title): \(key.source): \(error)")
        }
    }
}

extension SigningSettings {
    fileprivate var title: String {
        scope == .everybody && origin != .environment ? "dkim *" : "dkim \(domain)"
    }
}

extension Signer.Policy {
    init(_ section: SigningSettings) {
        self.init()
        headerCanonicalization = section.headerCanonicalization == .simple ? .simple : .relaxed
        bodyCanonicalization = section.bodyCanonicalization == .simple ? .simple : .relaxed
        identity = section.identity.map(Self.inALabels)
        lifetime = section.expiry?.components.seconds
        fields = SignedFields(choosing: section.signedFields, oversigned: section.oversignedFields)
    }

    /// d= is in A-labels, and i= is compared with it. What is no name stays, for the signer to refuse.
    private static func inALabels(_ identity: String) -> String {
        guard let at = identity.lastIndex(of: "@") else { return identity }
        let domain = String(identity[identity.index(after: at)...])
        return identity[...at] + ((try? InternationalDomain.ascii(domain)) ?? domain)
    }
}
