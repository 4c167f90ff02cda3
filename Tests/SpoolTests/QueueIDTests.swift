// Queue ids sort by time and read back, also as a person types them.
import Testing

@testable import Spool

@Suite struct QueueIDTests {
    @Test func sortsByArrivalAsNumberAndAsText() {
        let moments: [Int64] = [0, 1, 999, 1_700_000_000_000, 1_700_000_000_001, 4_398_046_511_103]
        let ids = moments.map { QueueID(arrival: $0, random: .random(in: 0 ... .max)) }
        #expect(ids == ids.sorted())
        #expect(ids.map(\.description) == ids.map(\.description).sorted())
    }

    @Test(arguments: [0, 1, 0x3FFFF, UInt32.max]) func readsBack(random: UInt32) {
        let id = QueueID(arrival: 1_763_694_000_123, random: random)
        #expect(id.description.utf8.count == 12)
        #expect(QueueID(id.description) == id)
        #expect(QueueID(id.description.lowercased()) == id)
    }

    @Test(arguments: [
        ("000000000000", 0), ("00000000000z", 31), ("ZZZZZZZZZZZZ", 1 << 60 - 1), ("0000000oOiIl", 0x421),
    ])
    func readsWhatPeopleType(text: String, number: Int64) { #expect(QueueID(text)?.number == number) }

    @Test(arguments: ["", "0", "00000000000", "0000000000000", "00000000000U", "0000000000-0", "00000é00000"])
    func refusesOthers(text: String) { #expect(QueueID(text) == nil) }

    @Test func momentsBeyondItsBitsStayInOrder() {
        #expect(QueueID(arrival: -5, random: 1) == QueueID(arrival: 0, random: 1))
        #expect(QueueID(arrival: .max, random: 1) == QueueID(arrival: 1 << 42 - 1, random: 1))
    }
}
