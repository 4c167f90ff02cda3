// What goes on the wire is signature, stored header, empty line and body, byte for byte; and what cannot
// be signed or read is not sent.
import LinuxIO
import MailCore
import Spool
import TestSupport
import Testing

@testable import Delivery
@testable import Signing
@testable import SmarthostConfiguration

@Suite(.serialized) struct SignedMessageTests {
    private static let dkim = "dkim example.org\nselector s1\nkey_file /keys/org\ncanonicalization "

    @Test(arguments: ["simple/simple", "relaxed/relaxed"], [0, 1, 7_000, 300_000])
    func bytes(canonicalization: String, size: Int) async throws {
        let line = Array("a line with  spaces \t\r\n".utf8)
        let body = Array(repeatElement(line, count: size / line.count + 1).joined().prefix(size))
        try await Station.run("account default\nhost relay.test\n\(Self.dkim)\(canonicalization)\n") {
            station in
            let id = try await station.store(body: body)
            let message = try #require(try await station.spool.message(id))
            let envelope = Envelope(reversePath: message.reversePath, recipients: [])
            let rules = try #require(station.configuration.defaultAccount).signing
            let signed = try await station.courier.sign(message, to: envelope, by: rules)
            for _ in 0..<2 {
                let next = signed.content()
                var all: [UInt8] = []
                while let piece = try await next() { all += piece }
                #expect(all.count == signed.size)
                let header = Array("From: ann@example.org\r\nSubject: test\r\n\r\n".utf8)
                #expect(all.suffix(header.count + body.count).elementsEqual(header + body))
                #expect(all.starts(with: "DKIM-Signature: v=1; a=rsa-sha256; c=\(canonicalization);".utf8))
                #expect(
                    try SigningIdentity.shared.get().signs(all, domain: "example.org", at: Clock().now / 1000)
                )
            }
            #expect(signed.seal.description == "s1._domainkey.example.org")
            #expect(station.folder.names(in: "spool/bodies").count == (size > 262_144 ? 1 : 0))
        }
    }

    /// Several keys sign one message, fields that the relay rewrites stay out, and an account may say no.
    @Test func asTheAccountSays() async throws {
        let keys = ["a", "b"].map {
            SigningSettings.Key(selector: $0, source: .file("/keys/\($0)"), origin: .builtIn)
        }
        let section = SigningSettings(
            scope: .domain, domain: "example.org", keys: keys, headerCanonicalization: .relaxed,
            bodyCanonicalization: .relaxed, signedFields: nil, oversignedFields: nil, expiry: nil,
            identity: nil, origin: .builtIn, settings: Settings())
        try await Station.run("account default\nhost relay.test\n", dkim: [section]) { station in
            let id = try await station.store()
            let message = try #require(try await station.spool.message(id))
            let envelope = Envelope(
                reversePath: message.reversePath, recipients: message.recipients.map(\.address))
            func head(_ choice: SigningChoice, _ skipped: [String] = []) async throws -> (String, String) {
                let rules = SigningRules(choice: choice, skippedFields: skipped)
                let signed = try await station.courier.sign(message, to: envelope, by: rules)
                return (String(decoding: signed.head, as: UTF8.self), signed.seal.description)
            }
            let (all, names) = try await head(.automatic)
            #expect(names == "a._domainkey.example.org,b._domainkey.example.org")
            #expect(all.split(separator: "DKIM-Signature:").count == 2 && all.contains(":Subject"))
            let (partly, _) = try await head(.section("example.org"), ["subject"])
            #expect(partly.split(separator: "DKIM-Signature:").count == 2 && !partly.contains(":Subject"))
            #expect(try await head(.off) == ("From: ann@example.org\r\nSubject: test\r\n\r\n", "none"))

            // Other keys count from the next message on.
            station.keys.ring = try KeyRing([]) { _ throws(KeyProblem) in [] }
            #expect(try await head(.automatic).1 == "none")
        }
    }

    enum Damage: CaseIterable { case truncated, removed }

    /// A body that is not whole any more waits for somebody to look, and nothing of it is sent.
    @Test(arguments: Damage.allCases, [true, false])
    func damagedBody(damage: Damage, isSigned: Bool) async throws {
        let relay = try ScriptedRelay()
        let accounts = "account default\n\(relay.account)" + (isSigned ? Self.dkim + "relaxed/relaxed\n" : "")
        try await Station.run(accounts) { station in
            let id = try await station.store(body: [UInt8](repeating: 0x78, count: 300_000))
            let name = "spool/bodies/" + (try #require(station.folder.names(in: "spool/bodies").first))
            if damage == .removed {
                try Files.remove(station.folder.file(name))
            } else {
                try station.folder.write([UInt8](repeating: 0x78, count: 299_999), to: name)
            }
            let failure = try #require(await station.scheduler.deliverNow(id).first?.failure)
            #expect(failure.phase == .storage && failure.disposition == .transient)
            #expect(relay.received.isEmpty)
            #expect(try await station.spool.message(id)?.pending.count == 1)
            #expect(station.log.contains { $0.hasPrefix("deferred: id=\(id)") })
        }
    }

    /// The key of the environment is for every message; one without From cannot have a signature.
    @Test func cannotBeSigned() async throws {
        let relay = try ScriptedRelay()
        let environment = try Station.environmentSigning()
        try await Station.run("account default\n\(relay.account)", dkim: environment) { station in
            let id = try await station.store(from: nil)
            let failure = try #require(await station.scheduler.deliverNow(id).first?.failure)
            #expect(failure.phase == .signing && failure.disposition == .transient)
            #expect(failure.text.hasPrefix("not sent, because it could not be signed for example.org: "))
            #expect(relay.received.isEmpty)
            #expect(try await station.spool.count() == 1)
        }
    }

    @Test(arguments: ["ann@example.org", "ann@elsewhere.test", "ann"])
    func keyOfTheEnvironmentSignsAll(author: String) async throws {
        let relay = try ScriptedRelay()
        let environment = try Station.environmentSigning()
        try await Station.run("account default\n\(relay.account)", dkim: environment) { station in
            let id = try await station.store(from: author)
            #expect(await station.scheduler.deliverNow(id).map(\.failure) == [nil])
            #expect(
                try SigningIdentity.shared.get().signs(
                    relay.received[0].content, domain: "example.org", at: Clock().now / 1000))
        }
    }
}
