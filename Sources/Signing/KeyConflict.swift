// What a published record allows, held against what the configuration wants to sign. Never throws.
public import DKIMCore
internal import IDNA
internal import MailCore

extension KeyRecord {
    /// Why signatures with that i= fail although the key is right: t=s wants its domain to be d= itself
    /// (RFC 6376 3.6.1). Nil where they do not. The domain is in A-labels.
    public func conflict(withIdentity identity: String, in domain: String) -> String? {
        guard flags.contains("s") else { return nil }
        let name =
            identity.split(separator: "@", omittingEmptySubsequences: false).last.map(String.init) ?? ""
        let ascii = (try? InternationalDomain.ascii(name)) ?? name
        if ASCII.equalIgnoringCase(ascii.utf8, domain.utf8) { return nil }
        return "t=s in the record does not allow i=\(identity), which names a domain below \(domain): "
            + "remove t=s, or the identity from the configuration"
    }
}
