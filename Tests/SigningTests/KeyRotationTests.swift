// The rules of rotation without clock, disk or DNS: who signs when, what is looked up when, which names.
import DKIMCore
import TestSupport
import Testing

@testable import Signing

@Suite struct KeyRotationTests {
    static let start: Int64 = 1_800_000_000
    static let lifetime: Int64 = 7 * 86_400

    static func succession(_ old: String = "s1", _ new: String = "s2") -> KeySuccession {
        KeySuccession("example.org", .rsaSHA256, from: old, to: new, asked: start)
    }

    /// Looks at the moments when the machine wants to, until the answer is `published`.
    @Test func paceOfLooks() {
        var succession = Self.succession()
        var pauses: [Int64] = []
        var now = Self.start
        for _ in 0..<8 {
            pauses.append(succession.nextLook - now)
            now = succession.nextLook
            _ = succession.learn(.missing, at: now, lifetime: Self.lifetime)
        }
        #expect(pauses == [60, 60, 120, 240, 480, 960, 1800, 1800])
        succession.hurry(at: now + 5)
        #expect(succession.nextLook == now + 5)
        _ = succession.learn(.missing, at: now + 5, lifetime: Self.lifetime)
        #expect(succession.nextLook == now + 65)
    }

    static let others: [KeyFinding] = [
        .missing, .revoked, .otherKey, .severalRecords, .unusable("x"), .failed("SERVFAIL"),
    ]

    @Test(arguments: others) func onlyTheKeyItselfSwitches(finding: KeyFinding) {
        var succession = Self.succession()
        #expect(succession.learn(finding, at: Self.start + 60, lifetime: Self.lifetime) == .news)
        #expect(succession.learn(finding, at: Self.start + 120, lifetime: Self.lifetime) == nil)
        #expect(succession.phase == .waiting && succession.question(at: Self.start + 120) == "s2")
    }

    @Test func fromWaitingToDone() {
        var succession = Self.succession()
        let switched = Self.start + 60
        let end = switched + Self.lifetime
        #expect(succession.learn(.published, at: switched, lifetime: Self.lifetime) == .switched)
        #expect(succession.phase == .retiring(since: switched, end: end))
        #expect(succession.nextLook == end)
        #expect(succession.question(at: end - 1) == nil)
        #expect(succession.question(at: end) == "s1")
        // Gone too early is not the end: whoever withdrew it may put it back.
        #expect(succession.learn(.missing, at: end - 1, lifetime: Self.lifetime) == .news)
        #expect(succession.learn(.published, at: end, lifetime: Self.lifetime) == .news)
        #expect(succession.learn(.revoked, at: end + 60, lifetime: Self.lifetime) == .done)
        #expect(succession.question(at: end + 60) == nil)
    }

    /// Whatever the clock showed at the switch, the old key stays for the mail that it has signed.
    @Test func clockInThePast() {
        var succession = Self.succession()
        #expect(succession.learn(.published, at: 5, lifetime: Self.lifetime) == .switched)
        #expect(succession.phase == .retiring(since: Self.start, end: Self.start + Self.lifetime))
        #expect(succession.nextLook == Self.start + Self.lifetime)
        #expect(succession.question(at: Self.start + 60) == nil)
    }

    @Test func heirsFollowEachOther() {
        var rotation = KeyRotation([Self.succession("s1", "s2"), Self.succession("s2", "s3")])
        func heirs() -> [String] { rotation.heirs(of: "s1", in: "example.org").map(\.new) }
        #expect(heirs() == [])
        for (index, expected) in [["s2"], ["s2", "s3"]].enumerated() {
            let next = rotation.successions[index]
            #expect(rotation.learn(.published, about: next, at: Self.start, lifetime: 1) == .switched)
            #expect(heirs() == expected)
            // It was looked up while it still waited: that is answered already.
            #expect(rotation.learn(.published, about: next, at: Self.start, lifetime: 1) == nil)
        }
        #expect(rotation.heirs(of: "s1", in: "example.net").isEmpty)
    }

    /// A file that somebody edited may say anything.
    @Test func circle() {
        var rotation = KeyRotation([Self.succession("s1", "s2"), Self.succession("s2", "s1")])
        for succession in rotation.successions {
            _ = rotation.learn(.published, about: succession, at: Self.start, lifetime: 1)
        }
        #expect(rotation.heirs(of: "s1", in: "example.org").count == 2)
    }

    // MARK: Names

    static let names: [([SignatureAlgorithm], String?, [String], [String]?)] = [
        ([.rsaSHA256], nil, [], ["s20261121"]), ([.rsaSHA256], "mail", [], ["mail"]),
        ([.rsaSHA256, .ed25519SHA256], nil, [], ["s20261121", "s20261121-ed25519"]),
        ([.ed25519SHA256, .rsaSHA256, .rsaSHA256], "k", [], ["k", "k-rsa", "k-rsa-3"]),
        ([.rsaSHA256], nil, ["S20261121"], ["s20261121b"]),
        ([.rsaSHA256, .ed25519SHA256], nil, ["s20261121-ed25519"], ["s20261121b", "s20261121b-ed25519"]),
        ([.rsaSHA256], nil, ["s20261121", "s20261121b"], ["s20261121c"]), ([.rsaSHA256], "s2", [], nil),
        ([.rsaSHA256], "mail", ["mail"], nil),
    ]

    @Test(arguments: names) func selectors(
        algorithms: [SignatureAlgorithm], requested: String?, configured: [String], expected: [String]?
    ) throws {
        let rotation = KeyRotation([Self.succession("s1", "s2")])
        func made() throws(RotationRefusal) -> [String] {
            try rotation.selectors(
                for: algorithms, in: "example.org", requested: requested, date: "20261121",
                taken: configured)
        }
        if let expected {
            #expect(try made() == expected)
        } else {
            let refusal = #expect(throws: RotationRefusal.self) { try made() }
            #expect(refusal?.kind == .usage && refusal?.text.contains("has been used already") == true)
        }
    }

    // MARK: Findings

    @Test func findings() throws {
        let key = try SigningKey.generate(.ed25519SHA256)
        let record = try KeyRecord(for: key)
        let other = try KeyRecord(for: SigningKey.generate(.ed25519SHA256))
        var own = ExpectedKey(record: record, domain: "example.org")
        func finding(_ texts: String...) -> KeyFinding {
            KeyFinding(.records(texts.map { Array($0.utf8) }), expecting: own)
        }
        #expect(finding(record.text) == .published)
        #expect(finding("v=DKIM1; h=sha1:sha256; s=email; " + record.text.dropFirst(9)) == .published)
        #expect(finding(other.text) == .otherKey)
        #expect(finding("v=DKIM1; p=") == .revoked)
        #expect(finding(record.text, record.text) == .severalRecords)
        // The sentences of `dkim check`.
        let faults: [(String, KeyRecordFinding)] = [
            (record.text + "; h=sha1", .sha256NotAllowed(["sha1"])),
            (record.text + "; s=x", .notForMail(["x"])),
            ("\"\(record.text)\"", .quotes), (record.text.replacing("; ", with: "\\; "), .backslashes),
            ("v=spf1 -all", .wrongVersion("spf1 -all")), ("v=DKIM1; k=ed25519", .missingKey),
            (String(record.text.dropLast(9)), .unreadableKey(type: "ed25519")),
        ]
        for (text, fault) in faults {
            guard case .unusable(let reason) = finding(text) else {
                throw TestFailure("no complaint: \(text)")
            }
            #expect(reason.contains(fault.description))
        }
        own.identities = ["me@Example.org"]
        #expect(finding(record.text + "; t=s") == .published)
        own.identities = ["@news.example.org"]
        #expect(finding(record.text) == .published)
        let conflict =
            "t=s in the record does not allow i=@news.example.org, which names a domain below example.org: "
        #expect(
            finding(record.text + "; t=s")
                == .unusable(conflict + "remove t=s, or the identity from the configuration"))
        #expect(KeyFinding(.none, expecting: own) == .missing)
        #expect(KeyFinding(.records([]), expecting: own) != .published)
        #expect(KeyFinding(.temporaryFailure("SERVFAIL"), expecting: own) == .failed("SERVFAIL"))
        let hostile = KeyFinding(.temporaryFailure("a\r\nb\u{1B}[2J\u{85}c"), expecting: own)
        #expect(hostile.description.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x85 })
    }

    // MARK: The state file

    @Test func stateIsReadAsItWasWritten() throws {
        var rotation = KeyRotation(
            [("s1", "s2"), ("a", "b"), ("c", "d"), ("e", "f")].map { Self.succession($0.0, $0.1) })
        let all = rotation.successions
        let findings: [KeyFinding] = [.published, .failed("no answer: found=x"), .published, .missing]
        for (succession, finding) in zip(all, findings) {
            _ = rotation.learn(finding, about: succession, at: Self.start, lifetime: 10)
        }
        _ = rotation.learn(.missing, about: rotation.successions[2], at: Self.start + 10, lifetime: 10)
        var state = RotationState()
        state.rotation = rotation
        let read = RotationState(parsing: state.text)
        #expect(read.damaged.isEmpty)
        #expect(read.text == state.text)
        #expect(read.rotation.successions.map(\.phase) == rotation.successions.map(\.phase))
        #expect(read.rotation.successions.map(\.lastLook) == rotation.successions.map(\.lastLook))
    }

    static let good = "domain=example.org algorithm=rsa-sha256 old=s1 new=s2 asked=1800000000 phase=waiting"

    @Test(arguments: [
        "nonsense", "domain=example.org", good.replacing("waiting", with: "sleeping"),
        good.replacing("old=s1", with: "old=../s1"), good.replacing("new=s2", with: "new="),
        good.replacing("rsa-sha256", with: "rsa-sha1"), good.replacing("1800000000", with: "-5"),
        good.replacing("1800000000", with: "9223372036854775807"),
        good.replacing("waiting", with: "retiring"),
        good + " old=s1", good.replacing("example.org", with: "."), "\u{FFFD}\u{0}=",
    ])
    func damagedLine(line: String) {
        let state = RotationState(parsing: "# heading\n\(line)\n\(Self.good)\n")
        #expect(state.rotation.successions.map(\.new) == ["s2"])
        #expect(state.damaged.map(\.line) == [line])
        #expect(state.damaged.map(\.number) == [2])
        // Somebody may want to mend it.
        #expect(RotationState(parsing: state.text).damaged.map(\.line) == [line])
    }
}
