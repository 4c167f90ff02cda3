// The golden messages signed by us in every way, as files that the foreign verifiers read, and what those
// say of them: one process for each peer and batch.
import DKIMCore
import Glibc
import MailCore
import TestSupport

/// How a message is signed.
struct SignatureKind: Sendable, CustomStringConvertible {
    /// One signature for each.
    let algorithms: [SignatureAlgorithm]
    let header: Canonicalization
    let body: Canonicalization

    var canonicalizations: String { "\(header.rawValue)/\(body.rawValue)" }
    var description: String {
        algorithms.map(\.rawValue).joined(separator: "+") + " " + canonicalizations
    }

    init(_ algorithms: [SignatureAlgorithm], _ header: Canonicalization, _ body: Canonicalization) {
        self.algorithms = algorithms
        self.header = header
        self.body = body
    }

    /// Each algorithm under the four canonicalizations.
    static let single = SignatureAlgorithm.allCases.flatMap { algorithm in
        Canonicalization.allCases.flatMap { header in
            Canonicalization.allCases.map { SignatureKind([algorithm], header, $0) }
        }
    }

    /// Both algorithms side by side, under a canonicalization that goes round with the message's number.
    static func both(_ number: Int) -> SignatureKind {
        let all = Canonicalization.allCases
        return SignatureKind(SignatureAlgorithm.allCases, all[number % 2], all[number / 2 % 2])
    }
}

/// The keys of the bulk tests: each is published at the name of its algorithm below example.test.
struct BulkKeys: Sendable {
    static let domain = "example.test"
    /// PEM files, `ALGORITHM.pem`, in the laboratory's tree.
    let folder = "\(Laboratory.root)/pki/bulk"
    private let signing: [SignatureAlgorithm: SigningKey]
    private let records: [String: [UInt8]]

    static let shared = Task { try await BulkKeys() }

    private init() async throws {
        try await Laboratory.serversAreUp()
        _ = try await run(["mkdir", "-p", folder]).succeeded("mkdir")
        let commands: [SignatureAlgorithm: String] = [
            .rsaSHA256: "genrsa -traditional -out", .ed25519SHA256: "genpkey -algorithm ed25519 -out",
        ]
        var signing: [SignatureAlgorithm: SigningKey] = [:]
        var records: [String: [UInt8]] = [:]
        for (algorithm, command) in commands {
            let file = "\(folder)/\(algorithm.rawValue).pem"
            let words = ["openssl"] + command.split(separator: " ").map(String.init) + [file]
            _ = try await run(words).succeeded("openssl")
            let key = try SigningKey(pem: readFile(file))
            let name = KeyRecord.name(selector: algorithm.rawValue, domain: Self.domain)
            let text = try KeyRecord(for: key).text
            _ = try await Laboratory.script("servers/powerdns", "add-txt", name, text).succeeded("add-txt")
            signing[algorithm] = key
            records[name] = Array(text.utf8)
        }
        self.signing = signing
        self.records = records
    }

    func signer(_ algorithm: SignatureAlgorithm, _ kind: SignatureKind) throws -> Signer {
        var policy = Signer.Policy()
        policy.headerCanonicalization = kind.header
        policy.bodyCanonicalization = kind.body
        guard let key = signing[algorithm] else { throw Failure("no key for \(algorithm.rawValue)") }
        return try Signer(domain: Self.domain, selector: algorithm.rawValue, key: key, policy: policy)
    }

    /// The message with its signatures on top.
    func sign(_ wire: [UInt8], _ kind: SignatureKind) throws -> [UInt8] {
        let (header, body) = partedOnWire(wire)
        var hasher = BodyHasher(kind.body)
        hasher.update(body)
        let hash = hasher.finish()
        var signed: [UInt8] = []
        for algorithm in kind.algorithms {
            let message = MessageToSign(header, envelope: nil, at: now)
            signed +=
                try signer(algorithm, kind).signature(for: message, bodyHash: hash).bytes + [0x0D, 0x0A]
        }
        return signed + wire
    }

    /// What our own verifier says.
    func verify(_ wire: [UInt8]) -> [SignatureResult] {
        let (header, body) = partedOnWire(wire)
        var verifier = DKIMCore.Verifier(header: header)
        verifier.update(body)
        return verifier.finish(at: now) { name in records[name].map { .records([$0]) } ?? .none }
    }

    private var now: Int64 { Int64(time(nil)) }
}

/// Messages as files in the tree, each with what it is.
struct Batch<Item: Sendable>: Sendable {
    private let folder: Folder
    private(set) var items: [(item: Item, file: String)] = []

    init() throws { folder = try Folder() }

    /// The file is made by the caller, or by a peer.
    mutating func add(_ item: Item) -> String {
        let file = folder.file("\(items.count)")
        items.append((item, file))
        return file
    }

    mutating func add(_ item: Item, _ message: [UInt8]) throws {
        try writeFile(add(item), message, mode: 0o644)
    }
}

extension Verifier {
    /// The algorithms that it has in Debian 12.
    var algorithms: [SignatureAlgorithm] { self == .mailDKIM ? [.rsaSHA256] : SignatureAlgorithm.allCases }

    /// What it says of each message, in their order: a word or more for each signature, "pass" for a good one.
    func verify<Item>(_ batch: Batch<Item>) async throws -> [(item: Item, results: [String])] {
        let lines = try await bulk("verify", batch.items.map { Self.inTree($0.file) })
        return zip(batch.items, lines).map { ($0.item, $1) }
    }

    /// Makes the files of a batch; the answers are "signed", or why not.
    func sign<Item>(
        _ batch: Batch<Item>, _ job: (Item) -> (kind: SignatureKind, source: String)
    ) async throws -> [(item: Item, file: String, result: String)] {
        let jobs = batch.items.map { item, file in
            let (kind, source) = job(item)
            let algorithm = kind.algorithms.map(\.rawValue).joined(separator: "+")
            return [algorithm, kind.canonicalizations, Self.inTree(source), Self.inTree(file)]
                .joined(separator: "\t")
        }
        let lines = try await bulk("sign", jobs)
        return zip(batch.items, lines).map { ($0.item, $0.file, $1.first ?? "") }
    }

    /// A line for each line of the input; of each what follows the file's name.
    private func bulk(_ work: String, _ lines: [String]) async throws -> [[String]] {
        let keys = try await BulkKeys.shared.value.folder
        let output = try await run(
            ["env", "DKIM_PRIVATE=\(Self.inTree(keys))", Laboratory.scripts + "foreign", rawValue, work],
            input: Array((lines.joined(separator: "\n") + "\n").utf8), within: .seconds(110)
        ).succeeded("\(rawValue) \(work)")
        let answers = output.split(separator: "\n")
        guard answers.count == lines.count else {
            throw Failure("\(rawValue) \(work): \(answers.count) answers to \(lines.count) messages")
        }
        return answers.map { answer in
            answer.split(separator: "\t", omittingEmptySubsequences: false).dropFirst().map(String.init)
        }
    }

    private static func inTree(_ path: String) -> String { String(path.dropFirst(Laboratory.root.count)) }
}
