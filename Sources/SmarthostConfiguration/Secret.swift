// A value that no log, error or dump shows. Whoever needs the bytes has to ask for them by name.

/// A password or token as bytes: its encoding is the relay's business (RFC 4954 says UTF-8, old files differ).
public struct Secret: Hashable, Sendable {
    private let bytes: [UInt8]

    public init(_ bytes: some Sequence<UInt8>) { self.bytes = Array(bytes) }

    /// The secret itself, for the one place that sends it.
    public func reveal() -> [UInt8] { bytes }

    public var isEmpty: Bool { bytes.isEmpty }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { "***" }
    public var debugDescription: String { "***" }
    /// Without children: `dump` and reflection by test tools print what a mirror holds.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
