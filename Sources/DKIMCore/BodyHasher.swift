// The body hash of a signature, bh=, computed while the body streams by.

/// Hashes a message's body as it will be on the wire: CRLF line ends, before dot-stuffing. A value: a copy
/// goes its own way.
public struct BodyHasher: Sendable {
    private var canonicalizer: BodyCanonicalizer
    private var digest: LimitedDigest

    public init(_ canonicalization: Canonicalization) { self.init(canonicalization, limit: nil) }

    /// Hashes no more than `limit` bytes of the canonical body, as l= asks of a verifier.
    init(_ canonicalization: Canonicalization, limit: UInt64?) {
        canonicalizer = BodyCanonicalizer(canonicalization)
        digest = LimitedDigest(limit: limit)
    }

    /// Takes the next bytes of the body; where it is split does not matter.
    public mutating func update(_ chunk: Span<UInt8>) { canonicalizer.update(chunk, into: &digest) }

    /// Takes the next bytes of the body; where it is split does not matter.
    public mutating func update(_ chunk: ArraySlice<UInt8>) { update(chunk.span) }

    /// Takes the next bytes of the body; where it is split does not matter.
    public mutating func update(_ chunk: [UInt8]) {
        update(chunk.span)
    }

    /// The hash of the whole body, to which a final CRLF is added if it has none.
    public consuming func finish() -> BodyHash {
        var digest = digest
        canonicalizer.finish(into: &digest)
        return BodyHash(
            canonicalization: canonicalizer.canonicalization, digest: digest.hash.digest(),
            length: digest.length, limit: digest.limit)
    }
}

/// A body's hash, fit for every signature with this canonicalization.
public struct BodyHash: Equatable, Sendable {
    public let canonicalization: Canonicalization
    /// SHA-256, 32 bytes.
    public let digest: [UInt8]
    /// How many bytes the canonical body has.
    public let length: UInt64
    /// How many of them were hashed at most; nil for all.
    let limit: UInt64?
}

/// SHA-256 of the first bytes, and a count of all.
private struct LimitedDigest: CanonicalSink, Sendable {
    let limit: UInt64?
    var hash = SHA256()
    var length: UInt64 = 0

    init(limit: UInt64?) { self.limit = limit }

    mutating func append(_ run: Span<UInt8>) {
        let left = (limit ?? .max) - min(length, limit ?? .max)
        length += UInt64(run.count)
        if left >= UInt64(run.count) {
            hash.update(run)
        } else if left > 0 {
            hash.update(run.extracting(0..<Int(left)))
        }
    }
}
