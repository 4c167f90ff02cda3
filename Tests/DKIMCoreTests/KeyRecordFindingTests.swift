// What is said of key records that a person got wrong.
import Testing

@testable import DKIMCore

struct KeyRecordFindingTests {
    private static let ed25519 = "p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="

    @Test(arguments: [
        "v=DKIM1; k=ed25519; KEY", "k=ed25519; KEY", "v = DKIM1 ; h = sha256 : sha1 ; k = ed25519 ; KEY ;",
        "v=DKIM1;k=ed25519;n=a note;x=unknown;s=email;t=s;KEY", "v=DKIM1; k=ed25519; s=*; KEY",
    ])
    func good(record: String) throws {
        let bytes = Array(record.replacing("KEY", with: Self.ed25519).utf8)
        #expect(KeyRecord.findings(in: bytes) == [])
        #expect(try KeyRecord(parsing: bytes).keyBits == 256)
    }

    @Test(arguments: [
        (#""v=DKIM1; k=ed25519; KEY""#, [KeyRecordFinding.quotes]),
        (#"v=DKIM1; "k=ed25519;" "KEY""#, [.quotes]),
        ("\u{201C}v=DKIM1; k=ed25519; KEY\u{201D}", [.quotes]),
        (#"v=DKIM1\; k=ed25519\; KEY"#, [.backslashes]),
        (#""v=DKIM1\; k=ed25519\; t=y\; KEY""#, [.quotes, .backslashes, .testing]),
        ("v=spf1 include:example.org -all", [.wrongVersion("spf1 include:example.org -all")]),
        ("v=dkim1; k=ed25519; KEY", [.wrongVersion("dkim1")]),
        ("v=DKIM2; k=ed25519; KEY", [.wrongVersion("DKIM2")]),
        ("k=ed25519; v=DKIM1; KEY", [.versionNotFirst]),
        ("k=ed25519; t=y; v=DKIM1; p=", [.versionNotFirst, .revoked, .testing]),
        ("", [.syntax("a tag without = in its list")]),
        ("k=ed25519; KEY; KEY", [.syntax("the tag p= stands twice")]),
        ("google-site-verification=x", [.syntax("a tag's name is not letters, digits and underscores")]),
        ("v=DKIM1; k=ed25519", [.missingKey]),
        ("v=DKIM1; k=ed25519; p=", [.revoked]),
        ("v=DKIM1; p=; ", [.revoked]),
        ("v=DKIM1; k=ed25519; p=11qYAYKxCrfV_7TyW", [.notBase64]),
        ("v=DKIM1; k=ed25519; p=(copy your key here)", [.notBase64]),
        ("v=DKIM1; k=RSA; KEY", [.unknownKeyType("RSA")]),
        ("v=DKIM1; KEY", [.unreadableKey(type: "rsa")]),
        ("v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPa", [.unreadableKey(type: "ed25519")]),
        ("v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHO g7hcvPapiMlrwIaaPcHURo=", [.blanksInKey]),
        ("v=DKIM1; k=ed25519; h=sha1; KEY", [.sha256NotAllowed(["sha1"])]),
        ("v=DKIM1; k=ed25519; s=tlsrpt:other; KEY", [.notForMail(["tlsrpt", "other"])]),
        ("v=DKIM1; k=ed25519; t=s:y; KEY", [.testing]),
        ("v=DKIM1; p=\(SampleKeys.rsa512Public)", [.smallKey(bits: 512)]),
    ])
    func findings(record: String, findings: [KeyRecordFinding]) {
        let bytes = Array(record.replacing("KEY", with: Self.ed25519).utf8)
        #expect(KeyRecord.findings(in: bytes) == findings)
    }

    @Test func weakKey() throws {
        let key = try SigningKey(pem: Array(SampleKeys.rsa1024PKCS1.utf8))
        let findings = try KeyRecord.findings(in: Array(KeyRecord(for: key).text.utf8))
        #expect(findings == [.smallKey(bits: 1024)])
        #expect(findings.map(\.breaksSignatures) == [false])
    }

    /// A finding is a sentence that fits into a list, and nothing of a record's bytes reaches a terminal.
    @Test(arguments: [
        "v=\u{1B}[2J", "v=DKIM1; k=\u{202E}; p=AAAA", "v=DKIM1; h=\u{9B}:x; p=AAAA", "v=DKIM1; s=\u{85}; p=",
    ])
    func safelyShown(record: String) {
        for finding in KeyRecord.findings(in: Array(record.utf8)) {
            #expect(!finding.description.hasSuffix("."))
            let unsafe: Set<Unicode.Scalar> = ["\u{1B}", "\u{202E}", "\u{9B}", "\u{85}"]
            #expect(!finding.description.unicodeScalars.contains(where: unsafe.contains))
        }
    }

    /// What is not read has a finding that says so, and what has such a finding signs nothing, over records
    /// with bytes changed at random.
    @Test func agreesWithTheReader() throws {
        var random = SeededGenerator(seed: 8)
        let record = Array("v=DKIM1; k=ed25519; h=sha256; s=email; t=s; n=x; \(Self.ed25519)".utf8)
        let bytes = Array("=;: \"\\\r\n\t\u{E9}aypkvs1".utf8)
        for _ in 0..<3_000 {
            var changed = record
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let position = changed.indices.randomElement(using: &random) ?? 0
                changed[position] = bytes.randomElement(using: &random) ?? 0
            }
            let read = try? KeyRecord(parsing: changed)
            let isUsable = read.map { $0.keyBits != nil && $0.allowsSHA256 && $0.isForMail } ?? false
            let isBroken = KeyRecord.findings(in: changed).contains(where: \.breaksSignatures)
            #expect(isUsable != isBroken, "\(String(decoding: changed, as: UTF8.self))")
        }
    }
}
