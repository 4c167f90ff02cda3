// Tells from the first bytes of a connection which dialect the client speaks.

/// What a connection to the submission socket carries.
public enum Dialect: Hashable, Sendable {
    /// Our shim: `Frame.preamble`, then what `SubmissionDecoder` reads.
    case framed
    /// Anything else is a message, from its first byte to the end of file.
    case raw
    /// A preamble of another version; answered with `Verdict.unsupportedVersion`.
    case unsupported(version: Int)

    private static let name = Array("SMARTHOST/".utf8)
    /// No version is longer than this, so that a message that begins like a preamble is soon known.
    private static let maximumDigits = 6

    /// The dialect of a connection whose bytes so far are `bytes`; nil when more are needed.
    /// `atEnd`: the client will send no more.
    public static func detect(_ bytes: ArraySlice<UInt8>, atEnd: Bool) -> Dialect? {
        let undecided: Dialect? = atEnd ? .raw : nil
        guard bytes.prefix(name.count).elementsEqual(name.prefix(bytes.count)) else { return .raw }
        guard bytes.count > name.count else { return undecided }
        let rest = bytes.dropFirst(name.count)
        let digits = rest.prefix(maximumDigits).prefix { (0x30...0x39).contains($0) }
        guard let first = digits.first, first != 0x30 else { return .raw }
        guard rest.count > digits.count else { return undecided }
        guard rest[digits.endIndex] == 0x0A else { return .raw }
        let version = digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
        return version == 1 ? .framed : .unsupported(version: version)
    }
}
