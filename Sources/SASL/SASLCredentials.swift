// Who authenticates, and with what. Neither printing, interpolation nor reflection shows the password.
internal import CGSASL

/// A user and a password, as bytes: passwords need not be UTF-8 for the mechanisms without SASLprep.
public struct SASLCredentials: Hashable, Sendable {
    public let user: String
    private let secret: Secret

    public init(user: String, password: String) {
        self.init(user: user, password: Array(password.utf8))
    }

    public init(user: String, password: [UInt8]) {
        self.user = user
        secret = Secret(password)
    }

    func withPassword<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        body(UnsafeRawBufferPointer(secret.bytes))
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
