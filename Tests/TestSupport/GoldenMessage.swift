// The golden folder of hard messages (Tests/Golden/DKIM) as tests use it: `NN-name.eml`, byte for byte as on
// the wire, two that are too large for a folder, and what `NN-name.readme` says of peers that err on one.
// Throws TestFailure.
public import DKIMCore
internal import LinuxIO
public import MailCore

public struct GoldenMessage: Sendable, CustomStringConvertible {
    /// `NN-name`.
    public let name: String
    public let wire: [UInt8]
    public let errors: [PeerError]
    public var description: String { name }

    /// What a peer may do wrong with any message, depending on the message.
    public static func commonErrors() throws -> [PeerError] {
        try PeerError.all(in: try readme("00-every-message") ?? "", "00-every-message")
    }

    /// In the order of their names.
    public static func all() throws -> [GoldenMessage] {
        let names = try Files.names(in: folder)
        let written = Dictionary(
            uniqueKeysWithValues: try names.filter { $0.hasSuffix(".eml") }.map { file in
                (String(file.dropLast(4)), try Files.read("\(folder)/\(file)", limit: 16 << 20))
            })
        return try written.merging(large) { $1 }.sorted { $0.key < $1.key }.map { name, wire in
            GoldenMessage(name: name, wire: wire, errors: try PeerError.all(in: readme(name) ?? "", name))
        }
    }

    private static func readme(_ name: String) throws -> String? {
        do {
            return String(decoding: try Files.read("\(folder)/\(name).readme", limit: 1 << 20), as: UTF8.self)
        } catch {
            if error.isNotFound { return nil }
            throw error
        }
    }

    /// Tests/Golden/DKIM, from this file's own place.
    private static let folder =
        #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(2).joined(separator: "/")
        + "/Golden/DKIM"
    private static let large = [
        "80-header-of-1-MB": headerOfOneMegabyte, "81-body-of-1-MB": bodyOfOneMegabyte,
    ]

    /// A list of references and one of readers, folded as mail programs do, most of it signed.
    private static var headerOfOneMegabyte: [UInt8] {
        var text = "From: Ana <ana@example.org>\r\nSubject: large\r\nReferences:"
        for number in 0..<14_000 { text += "\r\n <reference.\(number)@example.org>" }
        text += "\r\nTo: undisclosed"
        for number in 0..<20_000 { text += ",\r\n\treader.\(number)@example.net" }
        text += "\r\n"
        return Array((text + "\r\nHello.\r\n").utf8)
    }

    /// Lines of 0 to 99 bytes, with blanks wherever.
    private static var bodyOfOneMegabyte: [UInt8] {
        var bytes = Array("From: Ana <ana@example.org>\r\nSubject: large\r\n\r\n".utf8)
        var number = 0
        while bytes.count < 1_000_000 {
            for column in 0..<(number % 100) {
                bytes.append((number &* 7 &+ column &* column) % 5 == 0 ? 0x20 : UInt8(0x21 + column % 94))
            }
            bytes += [0x0D, 0x0A]
            number += 1
        }
        return bytes
    }
}

/// A line of a readme, `refused-by: PEER CONDITION…`: where all conditions hold, that peer errs.
public struct PeerError: Sendable {
    public enum Kind: String, Sendable {
        /// It does not accept our signature, which is right.
        case refused = "refused-by"
        /// It makes no signature for the message.
        case notSigned = "not-signed-by"
        /// It makes one that is wrong.
        case missigned = "missigned-by"
        /// It takes a changed message for the one that was signed.
        case alsoAccepts = "also-accepted-by"
    }

    public let kind: Kind
    public let peer: String
    public let conditions: Set<String>

    public func holds(_ algorithm: String, header: Canonicalization, body: Canonicalization) -> Bool {
        conditions.isSubset(of: [algorithm, "\(header.rawValue)-header", "\(body.rawValue)-body"])
    }

    private static let knownConditions: Set = [
        "rsa-sha256", "ed25519-sha256", "simple-header", "relaxed-header", "simple-body", "relaxed-body",
        bareLineFeed, controls, endAtNUL,
    ]

    /// LF alone ends a line.
    public static let bareLineFeed = "bare-lf"
    /// In a relaxed header vertical tab, form feed, CR and LF are white space.
    public static let controls = "controls-as-white-space"
    /// A relaxed field ends where a NUL is.
    public static let endAtNUL = "nul-ends-field"

    static func all(in readme: String, _ name: String) throws -> [PeerError] {
        try readme.split(separator: "\n").compactMap { line in
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2, let kind = Kind(rawValue: String(parts[0])) else { return nil }
            let words = parts[1].split(separator: " ").map(String.init)
            let conditions = Set(words.dropFirst())
            guard let peer = words.first, conditions.isSubset(of: knownConditions) else {
                throw TestFailure("\(name).readme: \(line): not a peer and conditions")
            }
            return PeerError(kind: kind, peer: peer, conditions: conditions)
        }
    }
}

/// A message on the wire, parted on CRLF alone into its header and its body.
public func partedOnWire(_ bytes: [UInt8]) -> (header: MessageHeader, body: [UInt8]) {
    var fields: [[UInt8]] = []
    var rest = bytes[...]
    while let end = rest.firstRange(of: [0x0D, 0x0A]) {
        let line = rest[..<end.lowerBound]
        rest = rest[end.upperBound...]
        if line.isEmpty { break }
        if let first = line.first, first == 0x20 || first == 0x09, !fields.isEmpty {
            fields[fields.count - 1] += [0x0D, 0x0A] + line
        } else {
            fields.append(Array(line))
        }
    }
    return (MessageHeader(fields: fields.compactMap { HeaderField(bytes: $0) }), Array(rest))
}
