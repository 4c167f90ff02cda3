// Which keys of the daemon's own sign in the place of configured ones, for those who look at the keys beside it.
// Reading blocks; what cannot be read is told and left out.
public import DKIMCore
internal import LinuxIO

/// The successors in a store.
public struct Successors: Sendable {
    /// A key that the daemon made.
    public struct Key: Sendable {
        public let selector: String
        public let key: SigningKey
        /// Its file.
        public let path: String
    }

    private let rotated: RotatedKeys
    private let store: KeyStore

    /// `report` is told what cannot be read, in a line.
    public init(in store: KeyStore, report: (String) -> Void) {
        self.store = store
        do throws(SystemError) {
            rotated = try RotatedKeys(from: store, report: report)
            if let unreadable = rotated.unreadable { report(unreadable) }
        } catch {
            rotated = RotatedKeys()
            report("\(error); keys that smarthostd may have made are not looked at")
        }
    }

    /// The key that signs in the place of a configured one; nil where that one signs itself. The domain is in
    /// A-labels.
    public func successor(of selector: String, in domain: String) -> Key? {
        for heir in rotated.state.rotation.heirs(of: selector, in: domain).reversed() {
            guard let key = rotated.key(of: heir) else { continue }
            return Key(selector: heir.new, key: key, path: store.keyPath(domain, heir.new))
        }
        return nil
    }
}
