// A state of the rotations that cannot be read: a configured key may be withdrawn, so it does not sign.
import Glibc
import MailCore
import SmarthostConfiguration
import TestSupport
import Testing

@testable import Signing

@Suite struct DamagedStateTests {
    private static let sections = [
        SigningSettings.test("example.org", ["ed1"]), SigningSettings.test("example.net", ["ed1"]),
        SigningSettings.test("relay.example", ["ed1"], scope: .everybody),
    ]

    private func run(_ body: @escaping @Sendable (Workshop) async throws -> Void) async throws {
        try await onLoop { loop in try await body(Workshop(on: loop)) }
    }

    /// Why mail from that domain waits; nil where it is signed.
    private static func obstacle(_ keys: SigningKeys, _ domain: String) throws -> String? {
        let header = MessageHeader(fields: [HeaderField(name: "From", value: "me@\(domain)")])
        do throws(DeliveryFailure) {
            #expect(try !keys.ring.signers(for: header).isEmpty)
            return nil
        } catch {
            #expect(error.disposition == .transient && error.phase == .signing && error.scope == .message)
            return error.text
        }
    }

    enum Loss: CaseIterable { case badDisk, garbage, cutInTheName }

    /// Nothing signs, and nothing is written over what somebody may want to mend.
    @Test(arguments: Loss.allCases) func unreadable(loss: Loss) async throws {
        try await run { workshop in
            let first = try workshop.start(Self.sections).rotator
            try workshop.publish(try await first.rotate("example.org", selector: "k2"))
            let whole = workshop.disk.files
            switch loss {
            case .badDisk: workshop.disk.fail("/rotation", EIO)
            case .garbage:
                workshop.disk.files["/state/rotation"]? += Array("\u{0}garbage\n".utf8) + [0xFF, 0x0A]
            case .cutInTheName: workshop.disk.files["/state/rotation"]? += Array("domain=exam".utf8)
            }
            let before = workshop.disk.files
            let (rotator, keys) = try workshop.start(Self.sections)
            workshop.disk.fail(nil)
            for domain in ["example.org", "example.net", "example.com"] {
                let reason = try #require(try Self.obstacle(keys, domain))
                #expect(reason.contains("/state/rotation") && reason.contains("not known which keys sign"))
            }
            #expect(workshop.log.contains { $0.hasPrefix("signed mail waits: reason=") })
            let refusal = await #expect(throws: RotationRefusal.self) { try await rotator.status(of: nil) }
            #expect(refusal?.kind == .system)
            #expect(refusal?.text.hasSuffix("mend that and start smarthostd again") == true)
            for attempt in [
                { try await rotator.rotate("example.org", selector: "k3") },
                { try await rotator.cancel("example.org") },
            ] as [() async throws -> String] {
                let told = await #expect(throws: RotationRefusal.self) { try await attempt() }
                #expect(told == refusal)
            }
            #expect(workshop.disk.files == before)

            workshop.disk.files = whole
            let (mended, itsKeys) = try workshop.start(Self.sections)
            #expect(
                try await mended.status(of: "example.org").contains("  k2   ed25519-sha256  signing since"))
            #expect(try Self.obstacle(itsKeys, "example.org") == nil)
        }
    }

    private static let damaged =
        "domain=example.org algorithm=ed25519-sha256 old=ed1 new=k2 asked=1800 phase=do"

    @Test func damagedLine() async throws {
        try await run { workshop in
            workshop.disk.files["/state/rotation"] = Array("# heading\n\(Self.damaged)\n".utf8)
            let (rotator, keys) = try workshop.start(Self.sections)
            let reason = try #require(try Self.obstacle(keys, "example.org"))
            #expect(reason.contains("a line of /state/rotation cannot be read"))
            #expect(reason.hasSuffix("drop the line: smarthostctl dkim rotate example.org --cancel"))
            #expect(try Self.obstacle(keys, "example.net") == nil)
            #expect(try Self.obstacle(keys, "example.com") == nil)
            #expect(workshop.log.contains { $0.contains("/state/rotation:2: this line cannot be read") })
            #expect(
                try await rotator.status(of: "example.org").hasPrefix("example.org\n  mail waits: a line of"))
            #expect(
                try await rotator.status(of: nil).contains("example.net\n  ed1  ed25519-sha256  signing\n"))
            let refusal = await #expect(throws: RotationRefusal.self) {
                try await rotator.rotate("example.org", selector: nil)
            }
            #expect(refusal?.kind == .system && refusal?.text.contains("cannot be read") == true)

            // Another domain's rotation leaves the line where it is.
            try workshop.publish(try await rotator.rotate("example.net", selector: "k2"))
            #expect(
                try await rotator.status(of: "example.net").contains("  k2   ed25519-sha256  signing since"))
            #expect(try Self.obstacle(try workshop.start(Self.sections).keys, "example.org") != nil)

            #expect(
                try await rotator.cancel("example.org")
                    == "what could not be read about example.org is dropped; signing: ed1\n")
            #expect(try Self.obstacle(keys, "example.org") == nil)
            let (_, others) = try workshop.start(Self.sections)
            #expect(others.selectors() == ["ed1"] && others.selectors(of: "example.net") == ["k2"])
        }
    }

    @Test(
        arguments: [
            ("domain=example.org algorithm=x", "example.org"), ("domain=EXAMPLE.org x", "example.org"),
            ("asked=1 domain=example.org x found=domain=example.net ", "example.org"),
            ("domain=example.org", nil),
            ("x domain=exam", nil), ("domain=example.org domain=example.net x", nil),
            ("domain=example.org x domain=exam", nil), ("domain=../x y", nil), ("nonsense here", nil),
            (" found=domain=example.org x", nil),
        ] as [(String, String?)])
    func domainOfALine(line: String, domain: String?) {
        #expect(RotationState(parsing: line).damaged.map(\.domain) == [domain])
    }

    /// A tool that signs beside the daemon takes no withdrawn key either.
    @Test func besideTheDaemon() async throws {
        try await run { workshop in
            workshop.disk.files["/state/rotation"] = Array("\(Self.damaged)\n".utf8)
            let ring = try KeyRing.of(Self.sections).rotated(by: workshop.disk.store) { _ in }
            #expect(try Self.obstacle(SigningKeys(ring), "example.org") != nil)
            #expect(try Self.obstacle(SigningKeys(ring), "example.net") == nil)
        }
    }
}
