// The keys in force, which change while the daemon runs, and the count of the mail that had none.

/// What every attempt asks for its keys.
///
/// `@unchecked Sendable`: touched on the loop's thread only.
public final class SigningKeys: @unchecked Sendable {
    public internal(set) var ring: KeyRing
    /// Messages that went out without a signature since the start.
    public private(set) var unsignedMessages = 0

    public init(_ ring: KeyRing) { self.ring = ring }

    public func countUnsigned() { unsignedMessages += 1 }
}
