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
            #expect(told.contains("# The private keys are in /state and nowhere else"))
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

    /// What `dkim check` would call wrong does not sign, and `dkim status` says why.
    @Test func recordThatForbidsTheIdentity() async throws {
        try await run { workshop in
            let section = SigningSettings.test("example.org", ["ed1"], identity: "@news.example.org")
            let (rotator, keys) = try workshop.start([section])
            let told = try await rotator.rotate(Self.domain, selector: "k2")
            let record = try #require(told.split(separator: "\n").first { $0.hasPrefix("v=DKIM1") })
            workshop.answer("k2", .records([Array("\(record); t=s".utf8)]))
            let status = try await rotator.status(of: Self.domain)
            #expect(status.contains("t=s in the record does not allow i=@news.example.org"))
            #expect(keys.selectors() == ["ed1"])
            try workshop.publish(told)
            #expect(
                try await rotator.status(of: Self.domain).contains("  k2   ed25519-sha256  signing since"))
            #expect(keys.selectors() == ["k2"])
        }
    }

    /// A file that the state does not know may hold a key that mail is signed with.
    @Test func filesOfItsNameStay() async throws {
        try await run { workshop in
            let files = ["s20261121", "s20261121b-ed25519", "k2"].map { "/state/example.org.\($0).pem" }
            for file in files { workshop.disk.files[file] = Array("of value".utf8) }
            let (rotator, _) = try workshop.start([.test("example.org", ["ed1", "ed2"])])
            let refusal = await #expect(throws: RotationRefusal.self) {
                try await rotator.rotate(Self.domain, selector: "k2")
            }
            #expect(refusal?.kind == .usage && refusal?.text.contains("has been used already") == true)
            #expect(workshop.disk.files.keys.sorted() == files.sorted())
            let told = try await rotator.rotate(Self.domain, selector: nil)
            #expect(told.contains("# s20261121c is to follow ed1 "))
            #expect(told.contains("# s20261121c-ed25519 is to follow ed2 "))
            #expect(files.allSatisfy { workshop.disk.files[$0] == Array("of value".utf8) })
            #expect(workshop.disk.files.count == files.count + 3)
        }
    }

    /// The threads on which the DNS is asked are for passwords and connections too.
    @Test func fewLookUpsAtATime() async throws {
        try await run { workshop in
            let domains = ["a.example", "b.example", "c.example"]
            let (rotator, _) = try workshop.start(domains.map { .test($0, ["ed1"]) })
            for domain in domains { _ = try await rotator.rotate(domain, selector: "k2") }
            let answers = workshop.holdAnswers()
            defer { answers.open() }
            let look = workshop.loop.spawn { try? await rotator.status(of: nil) }
            try await workshop.until("the DNS was asked") { workshop.asked.values.count >= 2 }
            let done = Collector<Bool>()
            let other = workshop.loop.spawn { done.add(await workshop.patient.run { true }) }
            try await workshop.until("the third thread has served somebody else") { !done.values.isEmpty }
            await other.value
            #expect(workshop.asked.values.count == 2)
            answers.open()
            _ = await look.value
            #expect(workshop.asked.values.sorted() == domains.map { "k2._domainkey.\($0)" })
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

    enum Damage: CaseIterable { case key, missingKey }

    /// A configured key goes on that nobody has withdrawn yet.
    @Test(arguments: Damage.allCases) func damage(damage: Damage) async throws {
        try await run { workshop in
            let (rotator, _) = try workshop.start([Self.section])
            try workshop.publish(try await rotator.rotate(Self.domain, selector: "k2"))
            _ = try await rotator.status(of: nil)
            switch damage {
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
        // A new file takes no other one's place.
        let clash = #expect(throws: SystemError.self) {
            try KeyFiles.system.create(path, Array("new".utf8).span)
        }
        #expect(clash?.isExisting == true)
        #expect(try KeyFiles.system.read(path) == Array("another".utf8))
        try KeyFiles.system.create(folder.file("b/key"), Array("new".utf8).span)
        #expect(try LinuxIO.FileMetadata(path: folder.file("b/key")).mode == 0o600)
        // What a power cut left does not stand in the way.
        try folder.write("half", to: "a/dkim/rotation.new")
        try KeyFiles.system.replace(path, Array("third".utf8).span)
        #expect(folder.names(in: "a/dkim") == ["rotation"])
        try KeyFiles.system.remove(path)
        let error = #expect(throws: SystemError.self) { try KeyFiles.system.read(path) }
        #expect(error?.isNotFound == true)
    }
}
