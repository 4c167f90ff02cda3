// Who authenticates, and with what. Neither printing, interpolation nor reflection shows the password.
internal import CGSASL

/// A user and a password or access token, as bytes: passwords need not be UTF-8 for the mechanisms without
/// SASLprep. Both are empty where a mechanism proves its right in another way.
public struct SASLCredentials: Hashable, Sendable {
    public let user: String
    /// The domain that NTLM names; may be empty.
    public let domain: String
    private let secret: Secret

    public init(user: String, password: String, domain: String = "") {
        self.init(user: user, password: Array(password.utf8), domain: domain)
    }

    public init(user: String, password: [UInt8], domain: String = "") {
        self.user = user
        self.domain = domain
        secret = Secret(password)
    }

    /// A copy of the password or token, for whoever gave it.
    public var password: [UInt8] { withPassword { Array($0) } }

    func withPassword<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        body(UnsafeRawBufferPointer(secret.bytes))
    }
}

extension SASLCredentials {
    /// RFC 4616 2 allows neither an empty password nor a NUL, and a C string no NUL in any mechanism.
    func check(for mechanism: Mechanism) throws(SASLFailure) {
        let who = user.filter { $0 != "\0" && $0 != "\u{01}" }
        let (isEmpty, hasNUL, hasSeparator) = withPassword {
            ($0.isEmpty, $0.contains(0), $0.contains { $0 < 0x20 })
        }
        let needs = mechanism.proof != .outside
        let problem: String? =
            if needs, user.isEmpty {
                "the user name to log in with is empty: set user"
            } else if needs, isEmpty {
                "the password of \(who) is empty: see password or passwordeval"
            } else if hasNUL || user.utf8.contains(0) || domain.utf8.contains(0) {
                "the user name or password of \(who) has a NUL in it"
            } else if mechanism.proof == .token, hasSeparator || user.utf8.contains(0x01) {
                "the user name or token of \(who) has a control character in it"
            } else {
                nil
            }
        if let problem { throw SASLFailure(kind: .credentials, description: problem) }
    }
}

extension SASLCredentials: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { "credentials of \(user)" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: ["user": user]) }
}

/// Bytes that are overwritten before their memory is given back. Never changed before that.
private final class Secret: Hashable, @unchecked Sendable {
    let bytes: UnsafeMutableRawBufferPointer

    init(_ source: [UInt8]) {
        bytes = .allocate(byteCount: source.count, alignment: 1)
        bytes.copyBytes(from: source)
    }

    deinit {
        cleanse(bytes)
        bytes.deallocate()
    }

    static func == (left: Secret, right: Secret) -> Bool { left.bytes.elementsEqual(right.bytes) }

    func hash(into hasher: inout Hasher) { hasher.combine(bytes: UnsafeRawBufferPointer(bytes)) }
}

/// Overwrites a secret. Not inlined, so that the writes are not found to be useless and left out.
@inline(never)
func cleanse(_ bytes: UnsafeMutableRawBufferPointer) {
    for index in bytes.indices { bytes.storeBytes(of: 0, toByteOffset: index, as: UInt8.self) }
}
