// A value that no log, error or dump shows. Whoever needs the bytes has to ask for them by name.

import MailCore

/// A password or token as bytes: its encoding is the relay's business (RFC 4954 says UTF-8, old files differ).
public struct Secret: Hashable, Sendable {
    private let bytes: [UInt8]

    public init(_ bytes: some Sequence<UInt8>) { self.bytes = Array(bytes) }

    /// What a password file or a password command holds: its first line, without the line end.
    public init(firstLineOf output: some Sequence<UInt8>) {
        let line = Array(output.prefix { $0 != ASCII.lf })
        bytes = line.last == ASCII.cr ? line.dropLast() : line
    }

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
