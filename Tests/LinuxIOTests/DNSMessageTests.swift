// Answers of name servers as bytes: good ones, and what a broken or hostile server sends.
import Testing

@testable import LinuxIO

@Suite struct DNSMessageTests {
    static func query(_ name: String = "a.test", _ type: DNSMessage.RecordType = .text) throws -> DNSQuery {
        DNSQuery(try #require(DNSName(name)), type, identifier: 0x1234, saysSize: false)
    }

    /// An answer to `query`: flags, counts of answers and authorities, and what follows the question.
    static func answer(
        _ query: DNSQuery, flags: UInt16 = 0x8580, answers: UInt8 = 1, authorities: UInt8 = 0,
        _ records: [UInt8] = []
    ) -> [UInt8] {
        var bytes = query.bytes
        bytes.replaceSubrange(2..<4, with: [UInt8(flags >> 8), UInt8(flags & 0xFF)])
        bytes[7] = answers
        bytes[9] = authorities
        return bytes + records
    }

    static func record(
        _ owner: [UInt8] = [0xC0, 12], type: UInt8, class: UInt8 = 1, length: Int? = nil, _ data: [UInt8]
    ) -> [UInt8] {
        let length = length ?? data.count
        return owner + [0, type, 0, `class`, 0, 0, 0, 60, UInt8(length >> 8), UInt8(length & 0xFF)] + data
    }

    @Test func stringsOfTwoRecords() throws {
        let query = try Self.query()
        let records =
            Self.record(type: 16, [1, 0x78, 2, 0x79, 0x7A]) + Self.record([1, 0x42, 0], type: 16, [0])
            + Self.record(type: 16, class: 3, [1, 1]) + Self.record(type: 16, [0])
        let message = try #require(try DNSMessage(Self.answer(query, answers: 4, records), to: query))
        #expect(message.texts(of: query.name) == [[[0x78], [0x79, 0x7A]], [[]]])
        #expect(message.texts(of: DNSName(labels: [[0x62]])) == [[[]]])
        #expect(message.code == .none && !message.isTruncated && !message.isReferral)
    }

    @Test func namesWithoutRegardToCase() throws {
        let query = try Self.query("A.Test")
        let alias = Self.record(type: 5, [1, 0x42, 0xC0, 14])
        let message = try #require(try DNSMessage(Self.answer(query, alias), to: query))
        #expect(message.alias(of: try #require(DNSName("a.tesT.")))?.description == "b.test")
    }

    /// Answers to something else are passed over, until the right one comes.
    @Test func answersToOthers() throws {
        let query = try Self.query()
        let own = Self.answer(query, answers: 0)
        var otherIdentifier = own
        otherIdentifier[0] ^= 1
        let others: [[UInt8]] = [
            [], Array(own.prefix(11)), otherIdentifier, query.bytes,
            Self.answer(try Self.query("b.test"), answers: 0),
            Self.answer(try Self.query("a.test", .alias), answers: 0),
        ]
        for bytes in others { #expect(try DNSMessage(bytes, to: query) == nil) }
        #expect(try DNSMessage(own, to: query) != nil)
    }

    @Test(
        arguments: [
            (0x8183, DNSMessage.Code.noSuchName), (0x8182, .serverFailure), (0x8185, .refused),
            (0x8181, .formatError), (0x8184, .notImplemented), (0x8189, .other(9)),
        ] as [(UInt16, DNSMessage.Code)])
    func codes(_ flags: UInt16, _ code: DNSMessage.Code) throws {
        let query = try Self.query()
        let bytes = Self.answer(query, flags: flags, answers: 0)
        #expect(try DNSMessage(bytes, to: query)?.code == code)
    }

    @Test func referrals() throws {
        let query = try Self.query()
        func isReferral(_ flags: UInt16) throws -> Bool? {
            let bytes = Self.answer(query, flags: flags, answers: 0, authorities: 1)
            return try DNSMessage(bytes, to: query)?.isReferral
        }
        #expect(try isReferral(0x8100) == true)
        #expect(try isReferral(0x8500) == false)
        #expect(try isReferral(0x8180) == false)
    }

    static let hostile: [(String, [UInt8])] = [
        ("no record at all", []),
        ("a record's head cut off", Array(record(type: 16, [1, 0x78]).prefix(8))),
        ("data shorter than said", record(type: 16, length: 200, [1, 0x78])),
        ("a string longer than its record", record(type: 16, [9, 0x78])),
        (
            "a string that ends in the next record",
            record(type: 16, [5, 0x78]) + record(type: 16, [1, 0x78])
        ),
        ("a pointer to itself", record([0xC0, 24], type: 16, [0])),
        ("a pointer forward", record([0xC0, 40], type: 16, [0]) + [0, 0, 0]),
        ("a pointer beyond the end", record([0xFF, 0xFF], type: 16, [0])),
        ("half a pointer", [0xC0]),
        ("two names that point at each other", record([1, 0x61, 0xC0, 24], type: 16, [0])),
        ("a label of a type that there is not", record([0x80, 0x61, 0], type: 16, [0])),
        ("a label that goes beyond the end", [63, 0x61]),
        (
            "a name of 320 bytes",
            record(
                Array(repeating: [63] + [UInt8](repeating: 0x61, count: 63), count: 5).flatMap { $0 } + [0],
                type: 16, [0])
        ),
        ("an alias shorter than its name", record(type: 5, length: 1, [1, 0x62, 0])),
        ("an alias longer than its name", record(type: 5, [1, 0x62, 0, 0])),
        ("an alias to itself's data", record(type: 5, [0xC0, 36])),
    ]

    @Test(arguments: hostile) func hostileAnswers(_ name: String, _ records: [UInt8]) throws {
        let query = try Self.query()
        #expect(throws: TextRecordFailure.Kind.unreadable, "\(name)") {
            _ = try DNSMessage(Self.answer(query, records), to: query)
        }
    }

    /// Whatever is cut off or changed, reading ends in a value.
    @Test func everyCutAndEveryByteChanged() throws {
        let query = try Self.query()
        let records =
            Self.record(type: 5, [1, 0x62, 0xC0, 14])
            + Self.record([0xC0, 36], type: 16, [1, 0x78, 2, 0x79, 0x7A])
        let good = Self.answer(query, answers: 2, records)
        #expect(
            try DNSMessage(good, to: query)?.texts(of: try #require(DNSName("b.test"))) == [
                [[0x78], [0x79, 0x7A]]
            ])
        var unreadable = 0
        func read(_ bytes: [UInt8]) {
            do { _ = try DNSMessage(bytes, to: query) } catch { unreadable += 1 }
        }
        for count in 0..<good.count { read(Array(good.prefix(count))) }
        #expect(unreadable == good.count - 12)
        for index in good.indices {
            for bit in 0..<8 {
                var changed = good
                changed[index] ^= 1 << bit
                read(changed)
            }
        }
        #expect(unreadable > good.count)
    }

    @Test(arguments: [
        ("", false), (".", false), ("a..b", false), (".a", false), ("a b", false), ("ä.test", false),
        (String(repeating: "a", count: 64) + ".test", false), ("s1._domainkey.example.org", true),
        ("example.org.", true), (Array(repeating: "abcdefg", count: 31).joined(separator: "."), true),
        (Array(repeating: "abcdefg", count: 32).joined(separator: "."), false),
    ])
    func names(_ text: String, isName: Bool) {
        #expect((DNSName(text) != nil) == isName)
    }

    @Test func oddBytesInNames() {
        #expect(DNSName(labels: [Array("a.b\\\u{7}".utf8), [0xC3]]).description == "a\\046b\\092\\007.\\195")
    }
}
