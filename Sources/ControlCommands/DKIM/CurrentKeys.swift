// The keys that sign now: those of the configuration, and in the place of some the ones that the daemon has made
// since (`dkim rotate`). Nothing here throws.
internal import Signing
internal import SmarthostConfiguration

struct CurrentKeys {
    private let successors: Successors

    /// `report` is told what cannot be read of the daemon's own keys, in a line.
    init(_ configuration: Configuration, report: (String) -> Void) {
        successors = Successors(in: KeyStore(spool: configuration.daemon.spoolDirectory), report: report)
    }

    /// The domain is in A-labels.
    func key(for configured: SigningSettings.Key, of domain: String) -> CommandEnvironment.ConfiguredKey {
        guard let successor = successors.successor(of: configured.selector, in: domain) else {
            return CommandEnvironment.ConfiguredKey(selector: configured.selector, source: configured.source)
        }
        return CommandEnvironment.ConfiguredKey(
            selector: successor.selector, source: .file(successor.path), key: successor.key)
    }
}
