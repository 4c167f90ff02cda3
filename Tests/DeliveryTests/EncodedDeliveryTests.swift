// Bodies that a relay could not take as they are: encoded before they are signed, or not sent at all.
import MIME
import MailCore
import Spool
import TestSupport
import Testing

@testable import Delivery
@testable import SmarthostConfiguration

@Suite(.serialized) struct EncodedDeliveryTests {
    private static let dkim =
        "account default\nhost relay.test\ndkim example.org\nselector s1\nkey_file /keys/org\n"
    private static let german = Array("Dear Bob, many thanks and best wishes from Köln\r\n".utf8)

    /// The content for a relay with these abilities, or why there is none.
    private func content(
        _ body: [UInt8], allows8Bit: Bool, header: String = "", hasLongLines: Bool = false
    ) async throws -> Result<[UInt8], DeliveryFailure> {
        try await Station.run(Self.dkim) { station in
            let id = try await station.store(
                header: header, body: body, is8Bit: true, hasLongLines: hasLongLines)
            let message = try #require(try await station.spool.message(id))
            #expect(message.is8Bit && message.hasLongLines == hasLongLines)
            let envelope = Envelope(reversePath: message.reversePath, recipients: [])
            let rules = try #require(station.configuration.defaultAccount).signing
            do throws(DeliveryFailure) {
                let signed = try await station.courier.sign(
                    message, to: envelope, by: rules, within: TransportLimits(allows8Bit: allows8Bit))
                let next = signed.content()
                var all: [UInt8] = []
                while let piece = try await next() { all += piece }
                #expect(all.count == signed.size)
                #expect(signed.is8Bit || !all.contains { $0 >= 0x80 })
                return .success(all)
            } catch {
                return .failure(error)
            }
        }
    }

    @Test func encodedWhereTheRelayLacks8BitMIME() async throws {
        let bytes = try await content(Self.german, allows8Bit: false).get()
        let text = String(decoding: bytes, as: UTF8.self)
        #expect(text.hasSuffix("\r\n\r\nDear Bob, many thanks and best wishes from K=C3=B6ln\r\n"))
        #expect(text.contains("\r\nContent-Transfer-Encoding: quoted-printable\r\n"))
        #expect(try SigningIdentity.shared.get().signs(bytes, domain: "example.org", at: Clock().now / 1000))
    }

    @Test func untouchedWhereTheRelayTakesIt() async throws {
        let bytes = try await content(Self.german, allows8Bit: true).get()
        #expect(bytes.suffix(Self.german.count).elementsEqual(Self.german))
        #expect(try SigningIdentity.shared.get().signs(bytes, domain: "example.org", at: Clock().now / 1000))
    }

    /// Large enough to be a file of its own, with a line that no relay takes.
    @Test func longLines() async throws {
        let body = Array(repeating: UInt8(ascii: "x"), count: 300_000) + Array("\r\nend\r\n".utf8)
        let bytes = try await content(body, allows8Bit: true, hasLongLines: true).get()
        let lines = bytes.split(separator: 0x0A)
        #expect(lines.allSatisfy { $0.count <= 999 })
        #expect(try SigningIdentity.shared.get().signs(bytes, domain: "example.org", at: Clock().now / 1000))
    }

    @Test func aSignedPartIsNeverTouched() async throws {
        let header =
            "MIME-Version: 1.0\r\nContent-Type: multipart/signed; boundary=b; protocol=\"application/pgp-signature\"\r\n"
        let body = Array(
            "--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nGrüße\r\n--b\r\n\r\nsignature\r\n--b--\r\n"
                .utf8)
        guard case .failure(let failure) = try await content(body, allows8Bit: false, header: header) else {
            Issue.record("sent")
            return
        }
        #expect(failure.enhanced == EnhancedStatusCode(5, 6, 3) && failure.disposition == .permanent)
    }
}
