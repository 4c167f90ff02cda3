// From the configuration's words for a relay to the SMTP client's.
import MailCore
import SMTPClient
import SmarthostConfiguration
import TLS
import TestSupport
import Testing

@testable import Delivery

@Suite struct RelayRouteTests {
    private static func route(_ lines: String) throws -> SMTPClient.Route {
        let configuration = try parsedConfiguration("account default\n\(lines)\n")
        guard case .relay(let relay)? = configuration.defaultAccount?.route else {
            throw DeliveryFailure(.transient, .relay, .configuration, "no relay")
        }
        return try SMTPClient.Route(relay, account: "default")
    }

    /// The DNS, SNI and certificates know A-labels only (RFC 5890 2.3.2.1).
    @Test(arguments: [
        ("host bücher.example\ntls on", "xn--bcher-kva.example", "xn--bcher-kva.example"),
        ("host MX.example\ntls on\ntls_host_override Bücher.example", "MX.example", "xn--bcher-kva.example"),
        ("host 192.0.2.1\ntls opportunistic", "192.0.2.1", "192.0.2.1"),
    ])
    func namesOfOtherScripts(lines: String, host: String, name: String) throws {
        let route = try Self.route(lines)
        #expect(route.endpoint == .host(host, port: 25))
        #expect(
            [.startTLS(TLSSettings(), name: name), .opportunistic(TLSSettings(.off), name: name)]
                .contains(route.security))
    }

    @Test func aNameThatIsNone() throws {
        let failure = #expect(throws: DeliveryFailure.self) { try Self.route("host bü..cher.example") }
        #expect(
            failure?.text
                == "account default: host bü..cher.example is no domain name: it has an empty label")
        #expect(failure?.phase == .configuration)
    }

    @Test func allOfTLSGetsThere() throws {
        let route = try Self.route(
            "host mx.example\ntls on\ntls_starttls off\ntls_trust_file /ca\ntls_crl_file /lists\ntls_cert_file /c\n"
                + "tls_key_file /k\ntls_priorities TLSv1.3\ntls_min_dh_prime_bits 3072")
        let settings = TLSSettings(
            .authority(.file("/ca"), revocationLists: "/lists"),
            clientCertificate: ClientCertificate(certificateFile: "/c", keyFile: "/k"), ciphers: "TLSv1.3",
            minimumDHBits: 3072)
        #expect(route.security == .implicit(settings, name: "mx.example"))
        let digest = Array(repeating: UInt8(0xAB), count: 32)
        let pinned = try Self.route(
            "host mx.example\ntls on\ntls_fingerprint "
                + Array(repeating: "aB", count: 32).joined(separator: ":"))
        #expect(
            pinned.security
                == .startTLS(TLSSettings(.fingerprint(Fingerprint(.sha256, digest))), name: "mx.example"))
    }
}
