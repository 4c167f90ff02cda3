// Certificates that their issuer took back, and lists that cannot tell.
import TLS
import Testing

@Suite struct Revocation {
    let authority: Authority
    let good: TestCertificate
    let bad: TestCertificate

    init() throws {
        authority = try Authority()
        good = try authority.issue("Good", names: "DNS:mail.example.org")
        bad = try authority.issue("Bad", names: "DNS:mail.example.org")
    }

    private func verdict(on certificate: TestCertificate, lists: [String]) throws -> TLSFailure? {
        let link = try Link(TLSContext(authority.settings(lists: lists)), certificate.server())
        return failure { try link.handshake() }
    }

    @Test func whatIsOnTheListIsRefused() throws {
        let list = try authority.certificate.revoke([bad])
        #expect(try verdict(on: good, lists: [list]) == nil)
        let failure = try #require(try verdict(on: bad, lists: [list]))
        guard case .certificate(.revoked(let day)) = failure.kind else {
            Issue.record("\(failure)")
            return
        }
        #expect(day.contains("UTC"))
        #expect(
            failure.description.hasPrefix(
                "certificate CN=Bad, issued by CN=Test Authority: revoked by its issuer on \(day) according to "
            ))
    }

    @Test func anExpiredListTellsNothing() throws {
        let list = try authority.certificate.revoke([], days: -9 ... -2)
        let failure = try #require(try verdict(on: good, lists: [list]))
        guard case .certificate(.revocationListExpired(let since)) = failure.kind else {
            Issue.record("\(failure)")
            return
        }
        #expect(failure.description.contains("expired on \(since); fetch the issuer's new list"))
    }

    @Test func theIssuersListMustBeThere() throws {
        let stranger = try Authority("Stranger")
        let list = try stranger.certificate.revoke([])
        let failure = try #require(try verdict(on: good, lists: [list]))
        #expect(failure.kind == .certificate(.noRevocationList))
        #expect(failure.description.contains("there is no list of its issuer in "))
    }

    /// Many roots publish no list; where there is one it counts.
    @Test func authoritiesAreCheckedWhereTheyHaveAList() throws {
        let middle = try TestCertificate(
            "Middle", isAuthority: true, issuer: authority.certificate, in: authority.folder)
        let leaf = try TestCertificate(
            "Leaf", names: "DNS:mail.example.org", issuer: middle, in: authority.folder)
        let own = try middle.revoke([])
        #expect(try verdict(on: leaf, lists: [own]) == nil)
        #expect(try verdict(on: leaf, lists: [own, authority.certificate.revoke([])]) == nil)
        let failure = try #require(
            try verdict(on: leaf, lists: [own, authority.certificate.revoke([middle])]))
        guard case .certificate(.revoked) = failure.kind else {
            Issue.record("\(failure)")
            return
        }
        #expect(failure.description.contains("CN=Middle"))
    }

    @Test(arguments: [nil, "", "no list\n"]) func unreadableList(content: String?) throws {
        let path = "\(authority.folder.path)/list.pem"
        if let content { try authority.folder.write(content, to: "list.pem") }
        let settings = TLSSettings(.authority(.system, revocationLists: path))
        let failure = try #require(failure { _ = try TLSContext(settings) })
        #expect(failure.kind == .revocationFile)
        #expect(failure.description.hasPrefix("tls_crl_file \(path): "))
    }
}
