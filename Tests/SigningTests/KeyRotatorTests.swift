// Rotation as the daemon carries it out: over restarts, with several keys, and with a disk that fails.
import DKIMCore
import Glibc
import LinuxIO
import MailCore
import SmarthostConfiguration
import TestSupport
import Testing

@testable import Signing

@Suite struct KeyRotatorTests {
    private static let section = SigningSettings.test("example.org", ["ed1"])
    private static let domain = "example.org"

    private func run(_ body: @escaping @Sendable (Workshop) async throws -> Void) async throws {
        try await onLoop { loop in try await body(Workshop(on: loop)) }
    }

    @Test func fromKeyToKey() async throws {
        try await run { workshop in
            let (rotator, keys) = try workshop.start([Self.section])
            let told = try await rotator.rotate(Self.domain, selector: nil)
            #expect(
                told.contains(
                    "\n# a TXT record at s20261121._domainkey.example.org with the value:\nv=DKIM1; "))
            #expect(told.contains("pdnsutil add-record example.org s20261121._domainkey TXT"))
            #expect(try await rotator.rotate("EXAMPLE.org", selector: "other") == told)
            #expect(keys.selectors() == ["ed1"])
            let waiting = try await rotator.status(of: Self.domain)
            #expect(waiting.contains("  ed1        ed25519-sha256  signing\n"))
            #expect(
                waiting.contains("waiting for the DNS: there is no record (T1800000000); looks again at T"))
            #expect(workshop.asked.values == ["s20261121._domainkey.example.org"])

            // The state is kept: another start shows the same record, and looks at once.
            let (again, newKeys) = try workshop.start([Self.section])
            #expect(newKeys.selectors() == ["ed1"])
            #expect(try await again.rotate(Self.domain, selector: nil) == told)
            try workshop.publish(told)
            #expect(
                try await again.status(of: nil).contains(
                    "  s20261121  ed25519-sha256  signing since T1800000000\n"))
            #expect(newKeys.selectors() == ["s20261121"])
            let end = 1_800_000_000 + 7 * Workshop.day
            let retired = try await again.status(of: Self.domain)
            #expect(
                retired.contains(
                    "may be revoked from T\(end) with: ed1._domainkey.example.org. IN TXT \"v=DKIM1; p=\"\n"))
            #expect(workshop.log.contains { $0.hasPrefix("signing with a new key: domain=example.org") })

            // A third start signs with the new key before it has asked anybody.
            let (last, lastKeys) = try workshop.start([Self.section])
            #expect(lastKeys.selectors() == ["s20261121"])
            workshop.now = end
            workshop.answer("ed1", .records([Array("v=DKIM1; k=rsa; p=AAAA".utf8)]))
            #expect(try await last.status(of: Self.domain).contains("may be revoked now with:"))
            workshop.answer("ed1", .records([Array("v=DKIM1; p=".utf8)]))
            #expect(try await last.status(of: Self.domain).contains("revoked, done"))
            #expect(workshop.disk.names == ["example.org.s20261121.pem", "rotation"])
            #expect(try workshop.start([Self.section]).keys.selectors() == ["s20261121"])
        }
    }

    /// A key that was made here is deleted when its own successor has taken over and its record is gone.
    @Test func secondRotation() async throws {
        try await run { workshop in
            let (rotator, keys) = try workshop.start([Self.section])
            for selector in ["k2", "k3"] {
                try workshop.publish(try await rotator.rotate(Self.domain, selector: selector))
                _ = try await rotator.status(of: nil)
                #expect(keys.selectors() == [selector])
                workshop.now += 60
            }
            #expect(workshop.disk.names == ["example.org.k2.pem", "example.org.k3.pem", "rotation"])
            workshop.now += 7 * Workshop.day
            workshop.answer("k2", .none)
            _ = try await rotator.status(of: nil)
            #expect(workshop.disk.names == ["example.org.k3.pem", "rotation"])
            #expect(try workshop.start([Self.section]).keys.selectors() == ["k3"])
        }
    }

    @Test func eachKeyChangesByItself() async throws {
        try await run { workshop in
            let section = SigningSettings.test("example.org", ["rsa1", "ed1"], expiry: nil)
            let everybody = SigningSettings.test("example.org", ["ed1"], scope: .everybody)
            let (rotator, keys) = try workshop.start([section, everybody])
            let told = try await rotator.rotate(Self.domain, selector: "k")
            try workshop.publish(told, only: "k-rsa")
            let status = try await rotator.status(of: Self.domain)
            #expect(Set(keys.selectors()) == ["k-rsa", "ed1"])
            // Signatures that never expire are looked at for two weeks.
            #expect(status.contains("may be revoked from T\(1_800_000_000 + 14 * Workshop.day)"))
            try workshop.publish(told)
            _ = try await rotator.status(of: Self.domain)
            #expect(Set(keys.selectors()) == ["k-rsa", "k"])
            let header = try #require(keys.ring.sections["*"]).keys.map(\.signer.selector)
            #expect(header == ["k"])
            #expect(
                try #require(keys.ring.keys(of: Self.domain).first { $0.signer.selector == "k-rsa" }).bits
                    == 2048)
        }
    }

    @Test func theLoopLooksAtTheStart() async throws {
        try await run { workshop in
            let told = try await workshop.start([Self.section]).rotator.rotate(Self.domain, selector: "k2")
            try workshop.publish(told)
            let (rotator, keys) = try workshop.start([Self.section])
            async let running: Void = rotator.run()
            try await workshop.until("the new key signs") { keys.selectors() == ["k2"] }
            rotator.finish()
            await running
            #expect(workshop.asked.values == ["k2._domainkey.example.org"])
        }
    }

    @Test func cancelled() async throws {
        try await run { workshop in
            let (rotator, keys) = try workshop.start([Self.section])
            _ = try await rotator.rotate(Self.domain, selector: "k2")
            #expect(
                try await rotator.cancel(Self.domain) == "k2 of example.org is dropped; ed1 goes on signing\n"
            )
            #expect(workshop.disk.names == ["rotation"])
            let refusal = await #expect(throws: RotationRefusal.self) {
                try await rotator.cancel(Self.domain)
            }
            #expect(refusal?.kind == .unknown)
            #expect(keys.selectors() == ["ed1"])
        }
    }

    /// An answer about a key that was dropped while the DNS was asked says nothing of its namesake.
    @Test func anotherKeyUnderTheSameSelector() async throws {
        try await run { workshop in
            let (rotator, keys) = try workshop.start([Self.section])
            try workshop.publish(try await rotator.rotate(Self.domain, selector: "k2"))
            let answers = workshop.holdAnswers()
            defer { answers.open() }
            let look = workshop.loop.spawn { try? await rotator.status(of: nil) }
            try await workshop.until("the DNS was asked") { workshop.asked.values.count == 1 }
            _ = try await rotator.cancel(Self.domain)
            _ = try await rotator.rotate(Self.domain, selector: "k2")
            answers.open()
            _ = await look.value
            #expect(keys.selectors() == ["ed1"])
            #expect(workshop.log.contains { $0.contains("the record there holds another key") })
        }
    }

    @Test(arguments: [
        ("example.net", nil, RotationRefusal.Kind.unknown, "it has keys for: example.org"),
        ("ü..example", nil, .usage, "that is not a domain name"),
        ("example.org", "../x", .usage, "not a selector"),
        ("example.org", "ed1", .usage, "has been used already"),
    ])
    func refused(domain: String, selector: String?, kind: RotationRefusal.Kind, text: String) async throws {
        try await run { workshop in
            let (rotator, _) = try workshop.start([Self.section])
            let refusal = await #expect(throws: RotationRefusal.self) {
                try await rotator.rotate(domain, selector: selector)
            }
            #expect(refusal?.kind == kind && refusal?.text.contains(text) == true)
            #expect(workshop.disk.names == [])
        }
    }

    // MARK: The configuration goes another way

    @Test func configurationLeavesItBehind() async throws {
        try await run { workshop in
            _ = try await workshop.start([Self.section]).rotator.rotate(Self.domain, selector: "k2")
            let section = SigningSettings.test("example.org", ["ed9"])
            let (rotator, keys) = try workshop.start([section])
            #expect(
                workshop.log.contains {
                    $0.hasPrefix("key rotation left alone: domain=example.org selector=k2")
                })
            #expect(
                try await rotator.status(of: nil).contains("left alone: the configuration has no key ed1"))
            #expect(workshop.asked.values == [])
            #expect(keys.selectors() == ["ed9"])
            #expect(try await rotator.rotate(Self.domain, selector: "k3").contains("k3 is to follow ed9"))
        }
    }

    /// The new key has become a configured one: nothing that is there is deleted.
    @Test func configurationTakesTheNewKey() async throws {
        try await run { workshop in
            _ = try await workshop.start([Self.section]).rotator.rotate(Self.domain, selector: "ed2")
            let (rotator, keys) = try workshop.start([SigningSettings.test("example.org", ["ed2"])])
            #expect(keys.selectors() == ["ed2"])
            _ = try await rotator.cancel(Self.domain)
            #expect(workshop.disk.names == ["example.org.ed2.pem", "rotation"])
        }
    }

    // MARK: The disk fails

    @Test(arguments: [".pem", "/rotation"]) func fullDiskAtTheBeginning(ending: String) async throws {
        try await run { workshop in
            let (rotator, keys) = try workshop.start([.test("example.org", ["ed1", "ed2"])])
            workshop.disk.fail(ending)
            let refusal = await #expect(throws: RotationRefusal.self) {
                try await rotator.rotate(Self.domain, selector: nil)
            }
            #expect(refusal?.kind == .system)
            workshop.disk.fail(nil)
            #expect(workshop.disk.names == [])
            #expect(keys.selectors() == ["ed1", "ed2"])
            #expect(try await rotator.rotate(Self.domain, selector: nil).contains("s20261121"))
        }
    }

    /// What is not on the disk has not happened: the old key signs until the next look.
    @Test func fullDiskAtTheChange() async throws {
        try await run { workshop in
            let (rotator, keys) = try workshop.start([Self.section])
            try workshop.publish(try await rotator.rotate(Self.domain, selector: "k2"))
            workshop.disk.fail("/rotation")
            #expect(try await rotator.status(of: nil).contains("waiting for the DNS"))
            #expect(keys.selectors() == ["ed1"])
            #expect(workshop.log.contains { $0.hasPrefix("key rotation not written down: reason=") })
            workshop.disk.fail(nil)
            _ = try await rotator.status(of: nil)
            #expect(keys.selectors() == ["k2"])
        }
    }

    @Test func unreadableStateIsNotWrittenOver() async throws {
        try await run { workshop in
            try workshop.publish(
                try await workshop.start([Self.section]).rotator.rotate(Self.domain, selector: "k2"))
            let before = workshop.disk.files
            workshop.disk.fail("/rotation", EIO)
            let (rotator, keys) = try workshop.start([Self.section])
            workshop.disk.fail(nil)
            #expect(keys.selectors() == ["ed1"])
            let refusal = await #expect(throws: RotationRefusal.self) {
                try await rotator.rotate(Self.domain, selector: "k3")
            }
            #expect(refusal?.kind == .system && refusal?.text.contains("cannot be read") == true)
            let told = await #expect(throws: RotationRefusal.self) { try await rotator.status(of: nil) }
            #expect(told == refusal)
            #expect(workshop.disk.files == before)
        }
    }

    /// The configured key is published no more: what it signed would be refused everywhere.
    @Test func withdrawnKeyDoesNotSignAgain() async throws {
        try await run { workshop in
            let (rotator, _) = try workshop.start([Self.section])
            try workshop.publish(try await rotator.rotate(Self.domain, selector: "k2"))
            _ = try await rotator.status(of: nil)
            workshop.now += 7 * Workshop.day
            workshop.answer("ed1", .none)
            #expect(try await rotator.status(of: nil).contains("revoked, done"))
            let key = workshop.disk.files.removeValue(forKey: "/state/example.org.k2.pem")
            let header = MessageHeader(fields: [HeaderField(name: "From", value: "me@example.org")])
            let (_, keys) = try workshop.start([Self.section])
            #expect(keys.selectors() == [])
            let failure = #expect(throws: DeliveryFailure.self) { try keys.ring.signers(for: header) }
            #expect(failure?.disposition == .transient && failure?.phase == .signing)
            #expect(workshop.log.contains { $0.contains("ed1, is withdrawn and does not sign") })
            // Another key in the same section goes on.
            let both = SigningSettings.test("example.org", ["ed1", "ed3"])
            #expect(try workshop.start([both]).keys.ring.signers(for: header).map(\.selector) == ["ed3"])
            workshop.disk.files["/state/example.org.k2.pem"] = key
            #expect(try workshop.start([Self.section]).keys.selectors() == ["k2"])
        }
    }

    /// The key that follows one whose first successor was lost signs.
    @Test func successorAfterALostOne() async throws {
        try await run { workshop in
            let (rotator, _) = try workshop.start([Self.section])
            try workshop.publish(try await rotator.rotate(Self.domain, selector: "k2"))
            _ = try await rotator.status(of: nil)
            workshop.disk.files["/state/example.org.k2.pem"] = nil
            let (again, keys) = try workshop.start([Self.section])
            #expect(keys.selectors() == ["ed1"])
            try workshop.publish(try await again.rotate(Self.domain, selector: "k3"))
            _ = try await again.status(of: nil)
            #expect(keys.selectors() == ["k3"])
            #expect(try workshop.start([Self.section]).keys.selectors() == ["k3"])
        }
    }

    enum Damage: CaseIterable { case state, key, missingKey }

    /// Configured keys go on, whatever is wrong with the others.
    @Test(arguments: Damage.allCases) func damage(damage: Damage) async throws {
        try await run { workshop in
            let (rotator, _) = try workshop.start([Self.section])
            try workshop.publish(try await rotator.rotate(Self.domain, selector: "k2"))
            _ = try await rotator.status(of: nil)
            switch damage {
            case .state: workshop.disk.files["/state/rotation"] = Array("\u{0}garbage\n".utf8) + [0xFF, 0x0A]
            case .key: workshop.disk.files["/state/example.org.k2.pem"] = Array("no key".utf8)
            case .missingKey: workshop.disk.files["/state/example.org.k2.pem"] = nil
            }
            let (again, keys) = try workshop.start([Self.section])
            #expect(keys.selectors() == ["ed1"])
            #expect(workshop.log.contains { $0.hasPrefix("rotated key: reason=") })
            #expect(try await again.status(of: nil).contains("  ed1"))
        }
    }
}

/// On a real disk.
@Suite struct KeyFilesTests {
    @Test func replacesDurablyAndForItsOwnerAlone() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("a/dkim/rotation")
        for text in ["one", "another"] {
            try KeyFiles.system.replace(path, Array(text.utf8).span)
            #expect(try KeyFiles.system.read(path) == Array(text.utf8))
        }
        #expect(folder.names(in: "a/dkim") == ["rotation"])
        #expect(try LinuxIO.FileMetadata(path: path).mode == 0o600)
        #expect(try LinuxIO.FileMetadata(path: folder.file("a/dkim")).mode == 0o700)
        // What a power cut left does not stand in the way.
        try folder.write("half", to: "a/dkim/rotation.new")
        try KeyFiles.system.replace(path, Array("third".utf8).span)
        #expect(folder.names(in: "a/dkim") == ["rotation"])
        try KeyFiles.system.remove(path)
        let error = #expect(throws: SystemError.self) { try KeyFiles.system.read(path) }
        #expect(error?.isNotFound == true)
    }
}
