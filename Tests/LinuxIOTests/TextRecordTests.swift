// The way over aliases, with answers from a table; and questions to a name server in a thread.
import Testing

@testable import LinuxIO

@Suite struct TextRecordSearchTests {
    /// A server's data. `chases`: it follows aliases within its own data, as most do.
    struct Zone {
        var aliases: [String: String] = [:]
        var texts: [String: String] = [:]
        var failures: [String: TextRecordFailure.Kind] = [:]
        var chases = true

        func answer(
            _ name: DNSName, _ type: DNSMessage.RecordType
        ) -> Result<DNSMessage, TextRecordFailure> {
            let text = name.description
            if type == .text, let kind = failures[text] {
                return .failure(TextRecordFailure(kind, name: text, server: "test"))
            }
            var (records, count): ([UInt8], UInt8) = ([], 0)
            var end = name
            while let next = aliases[end.description].flatMap({ DNSName($0) }), count < 40 {
                records += DNSMessageTests.record(end.wireForm, type: 5, next.wireForm)
                (end, count) = (next, count + 1)
                if !chases || type == .alias { break }
            }
            let isThere = chases || count == 0
            if type == .text, isThere, let value = texts[end.description] {
                records += DNSMessageTests.record(
                    end.wireForm, type: 16, [UInt8(value.utf8.count)] + value.utf8)
                count += 1
            }
            let exists =
                aliases[end.description] != nil || texts[end.description] != nil
                || end == DNSName("empty.test")
            let query = DNSQuery(name, type, identifier: 7, saysSize: false)
            let bytes = DNSMessageTests.answer(
                query, flags: isThere && !exists ? 0x8583 : 0x8580, answers: count, records)
            guard let message = try? DNSMessage(bytes, to: query) else {
                return .failure(TextRecordFailure(.unreadable, name: text, server: "test"))
            }
            return .success(message)
        }

        func look(_ name: String) throws -> TextRecordAnswer {
            TextRecordSearch(ask: answer).answer(for: try #require(DNSName(name)))
        }
    }

    static let found = TextRecordAnswer.found([[Array("text".utf8)]])

    @Test(arguments: [true, false]) func aliases(chases: Bool) throws {
        let zone = Zone(
            aliases: ["a.test": "b.test", "b.test": "c.test", "d.test": "gone.test", "e.test": "empty.test"],
            texts: ["c.test": "text"], chases: chases)
        #expect(try zone.look("a.test") == Self.found)
        #expect(try zone.look("C.test") == Self.found)
        #expect(try zone.look("d.test") == .noSuchName("gone.test"))
        #expect(try zone.look("x.test") == .noSuchName("x.test"))
        #expect(try zone.look("e.test") == .noTextRecord("empty.test"))
        #expect(try zone.look("empty.test") == .noTextRecord("empty.test"))
    }

    @Test(arguments: [true, false]) func loops(chases: Bool) throws {
        var zone = Zone(
            aliases: ["a.test": "b.test", "b.test": "c.test", "c.test": "b.test", "s.test": "s.test"],
            chases: chases)
        #expect(try zone.look("a.test") == .aliasLoop(["a.test", "b.test", "c.test", "b.test"]))
        #expect(try zone.look("s.test") == .aliasLoop(["s.test", "s.test"]))
        // As PowerDNS and most resolvers answer.
        zone.failures = ["a.test": .serverFailure, "s.test": .serverFailure]
        #expect(try zone.look("a.test") == .aliasLoop(["a.test", "b.test", "c.test", "b.test"]))
        #expect(try zone.look("s.test") == .aliasLoop(["s.test", "s.test"]))
    }

    @Test(arguments: [true, false]) func longChains(chases: Bool) throws {
        var zone = Zone(chases: chases)
        for index in 0..<30 { zone.aliases["n\(index).test"] = "n\(index + 1).test" }
        zone.texts["n30.test"] = "text"
        #expect(try zone.look("n0.test") == .aliasLoop((0...10).map { "n\($0).test" }))
        #expect(try zone.look("n21.test") == Self.found)
    }

    @Test func failuresNameWhatWasAskedLast() throws {
        let zone = Zone(
            aliases: ["a.test": "b.test"], failures: ["b.test": .refused, "f.test": .serverFailure],
            chases: false)
        #expect(
            try zone.look("a.test") == .failure(TextRecordFailure(.refused, name: "b.test", server: "test")))
        #expect(
            try zone.look("f.test")
                == .failure(TextRecordFailure(.serverFailure, name: "f.test", server: "test")))
    }
}

@Suite struct DNSServerTests {
    @Test(arguments: [
        ("127.0.0.1", "127.0.0.1:53"), ("127.0.0.1:5353", "127.0.0.1:5353"), ("::1", "[::1]:53"),
        ("[::1]", "[::1]:53"), ("[2001:db8::53]:5300", "[2001:db8::53]:5300"),
    ])
    func addresses(_ text: String, _ description: String) {
        #expect(DNSServer(text)?.description == description)
    }

    @Test(arguments: [
        "", "ns.example.org", "127.0.0.1:", "127.0.0.1:0", "127.0.0.1:65536", "127.0.0.1:53:53", "[::1",
        "[::1]53",
        "[127.0.0.1]:53", "[]:53", "127.0.0.1:+5x", " 127.0.0.1",
    ])
    func noAddresses(_ text: String) {
        #expect(DNSServer(text) == nil)
    }
}
