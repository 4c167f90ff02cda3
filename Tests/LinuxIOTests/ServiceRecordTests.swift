// SRV records: as bytes, along aliases, and in which order they are used.
import Testing

@testable import LinuxIO

@Suite struct ServiceRecordTests {
    private static func name(_ text: String) -> DNSName { DNSName(text) ?? DNSName(labels: []) }

    private static func data(_ numbers: [UInt16], _ target: String) -> [UInt8] {
        numbers.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] } + name(target).wireForm
    }

    /// What a server answers, by the name that it is asked for.
    private static func search(
        _ answers: [String: (records: [[UInt8]], flags: UInt16)]
    ) -> ServiceRecordSearch {
        ServiceRecordSearch { asked, type in
            let query = DNSQuery(asked, type, identifier: 0x1234, saysSize: false)
            let (records, flags) = answers[asked.description] ?? ([], 0x8583)
            let bytes = DNSMessageTests.answer(
                query, flags: flags, answers: UInt8(records.count), records.flatMap(\.self))
            do throws(TextRecordFailure.Kind) {
                guard let message = try DNSMessage(bytes, to: query) else { throw .unreadable }
                return .success(message)
            } catch {
                return .failure(TextRecordFailure(error, name: asked.description, server: "test"))
            }
        }
    }

    private func answer(_ records: [[UInt8]], flags: UInt16 = 0x8580) -> ServiceRecordAnswer {
        Self.search(["_s._tcp.a.test": (records, flags)]).answer(for: Self.name("_s._tcp.a.test"))
    }

    @Test func theBestFirst() {
        let records = [([20, 9, 25], "c.test"), ([10, 1, 587], "b.test"), ([10, 5, 465], "a.test")].map {
            DNSMessageTests.record(type: 33, Self.data($0.0, $0.1))
        }
        #expect(
            answer(records)
                == .found([
                    ServiceRecord(priority: 10, weight: 5, port: 465, target: "a.test"),
                    ServiceRecord(priority: 10, weight: 1, port: 587, target: "b.test"),
                    ServiceRecord(priority: 20, weight: 9, port: 25, target: "c.test"),
                ]))
    }

    @Test func noSuchService() {
        #expect(answer([DNSMessageTests.record(type: 33, Self.data([0, 0, 0], "."))]) == .notOffered)
        #expect(answer([]) == .none)
        #expect(answer([], flags: 0x8583) == .none)
        #expect(lookUpServices("no dns name") == .none)
    }

    @Test(
        arguments: [[0, 10, 0, 1], [0, 10, 0, 1, 0, 25], [0, 10, 0, 1, 0, 25, 1, 0x61, 0, 0]] as [[UInt8]])
    func hostile(data: [UInt8]) {
        guard case .failure(let failure) = answer([DNSMessageTests.record(type: 33, data)]) else {
            Issue.record("it was read")
            return
        }
        #expect(failure.kind == .unreadable)
    }

    @Test func alongAliases() {
        let alias = DNSMessageTests.record(type: 5, Self.name("b.test").wireForm)
        let record = DNSMessageTests.record(type: 33, Self.data([1, 2, 3], "c.test"))
        let found = ServiceRecordAnswer.found([
            ServiceRecord(priority: 1, weight: 2, port: 3, target: "c.test")
        ])
        let search = Self.search(["a.test": ([alias], 0x8580), "b.test": ([record], 0x8580)])
        #expect(search.answer(for: Self.name("a.test")) == found)
        let back = DNSMessageTests.record(type: 5, Self.name("a.test").wireForm)
        let loop = Self.search(["a.test": ([alias], 0x8580), "b.test": ([back], 0x8580)])
        #expect(loop.answer(for: Self.name("a.test")) == .none)
    }
}
