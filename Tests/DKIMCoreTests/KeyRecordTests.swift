// Key records: reading them as they stand in real zones, and writing them.
import Testing

@testable import DKIMCore

struct KeyRecordTests {
    @Test(arguments: [
        "v=DKIM1; k=rsa; p=AAEC", "v = DKIM1 ; h = sha256 ; k= rsa ; p = AA EC", "p=AAEC", "p=AAEC;",
        "v=DKIM1;p=AAEC; ", "k=rsa; p=A\r\n AEC; n=a note", "v=DKIM1; g=*; p=AAEC; unknown=x",
    ])
    func accepted(text: String) throws {
        let record = try KeyRecord(parsing: Array(text.utf8))
        #expect(record.publicKey == [0, 1, 2])
        #expect(record.keyType == "rsa")
        #expect(record.services == ["*"])
    }

    @Test(arguments: [
        "", "v=DKIM1", "p", "p=!!", "k=rsa; v=DKIM1; p=AAEC", "v=DKIM2; p=AAEC", "v=dkim1; p=AAEC",
        "p=AAEC; p=AAEC", "v=spf1 -all", "google-site-verification=x",
    ])
    func refused(text: String) {
        #expect(throws: DKIMError.self) { try KeyRecord(parsing: Array(text.utf8)) }
    }

    @Test func tags() throws {
        let record = try KeyRecord(
            parsing: Array("v=DKIM1; h=sha1 : sha256; s=email:other; t=y:s; k=ed25519; p=".utf8))
        #expect(record.hashAlgorithms == ["sha1", "sha256"])
        #expect(record.services == ["email", "other"])
        #expect(record.flags == ["y", "s"])
        #expect(record.keyType == "ed25519")
        #expect(record.publicKey.isEmpty)
    }

    @Test(arguments: SignatureAlgorithm.allCases)
    func whatIsWrittenIsRead(algorithm: SignatureAlgorithm) throws {
        let key = try TestKeys.key(algorithm)
        let record = try KeyRecord(for: key)
        #expect(try KeyRecord(parsing: Array(record.text.utf8)) == record)
        #expect(record.keyType == algorithm.keyType)
        #expect(record.publicKey.count == (algorithm == .rsaSHA256 ? 294 : 32))
    }

    @Test func longRecordsAreSplit() throws {
        let record = try KeyRecord(for: TestKeys.key(.rsaSHA256))
        let line = record.zoneFileLine(selector: "s1", domain: "example.org")
        let prefix = "s1._domainkey.example.org. IN TXT "
        #expect(line.hasPrefix(prefix))
        let strings = line.dropFirst(prefix.count).split(separator: "\" \"")
        #expect(strings.count == 2)
        #expect(strings.allSatisfy { $0.count <= 256 })
        #expect(line.dropFirst(prefix.count + 1).dropLast().replacing("\" \"", with: "") == record.text)
        let quoted = line.dropFirst(prefix.count)
        #expect(
            record.pdnsutilCommand(selector: "s1", domain: "example.org")
                == "pdnsutil add-record example.org s1._domainkey TXT '\(quoted)'")
    }
}
