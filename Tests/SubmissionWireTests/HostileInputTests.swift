// Whatever a peer sends is refused by name, and never held in more than the memory that was agreed.

import SubmissionWire
import Testing

func frame(_ tag: Character, _ payload: [UInt8] = [], length: UInt32? = nil) -> [UInt8] {
    let length = length ?? UInt32(payload.count)
    return [tag.asciiValue ?? 0] + [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: length >> $0) } + payload
}

private let submit = frame("c", Array("submit".utf8))
private func end(_ total: UInt8) -> [UInt8] { frame("E", [0, 0, 0, 0, 0, 0, 0, total]) }

@Suite struct HostileInputTests {
    @Test(arguments: [
        (frame("c", length: 65_537), WireError.frameTooLong(tag: 0x63, length: 65_537)),
        (frame("D", length: .max), .frameTooLong(tag: 0x44, length: Int(UInt32.max))),
        (frame("Z"), .unknownTag(0x5A)),
        ([0, 0, 0, 0, 0], .unknownTag(0)),
        (end(0), .missingCommand),
        (frame("D", [1]), .missingCommand),
        (submit + submit, .repeatedParameter(tag: 0x63)),
        (submit + frame("f") + frame("f"), .repeatedParameter(tag: 0x66)),
        (frame("d", Array("queue".utf8)) + frame("d", Array("queue".utf8)), .repeatedParameter(tag: 0x64)),
        (frame("d", Array("soon".utf8)), .invalidParameter(tag: 0x64)),
        (frame("t", [1]), .invalidParameter(tag: 0x74)),
        (submit + frame("D", [1]) + frame("r"), .parameterAfterData(tag: 0x72)),
        (frame("c", Array("mailq".utf8)) + frame("D", [1]), .unexpectedData),
        (submit + end(1), .wrongTotal),
        (submit + frame("D", [1, 2]) + end(1), .wrongTotal),
        (submit + frame("E", [0]), .wrongTotal),
        (submit + frame("E", [UInt8](repeating: 0, count: 9)), .wrongTotal),
    ])
    func breachesAreNamed(bytes: [UInt8], error: WireError) {
        #expect(throws: error) { try Received([bytes[...]]) }
        #expect(throws: error) { try Received(bytes.indices.map { bytes[$0...$0] }) }
        #expect(!error.text.isEmpty)
    }

    @Test func parametersAreBoundedInSize() throws {
        let large = frame("r", [UInt8](repeating: 0x61, count: 65_536))
        let allowed = [[UInt8]](repeating: large, count: 3).flatMap(\.self)
        #expect(
            try Received([submit + allowed + end(0)][...].map { $0[...] }).request?.recipients.count == 3)
        // Refused when it is announced: the payload has not come.
        let announced = submit + allowed + large + frame("r", length: 1)
        #expect(throws: WireError.tooManyParameters) { try Received([announced[...]]) }
    }

    @Test func parametersAreBoundedInNumber() {
        let many = [[UInt8]](repeating: frame("a"), count: 16_384).flatMap(\.self)
        #expect(throws: WireError.tooManyParameters) { try Received([(submit + many)[...]]) }
    }

    @Test func ownArgumentsCanBeTooLongToo() {
        var request = SubmissionRequest(.submit)
        request.recipients = [[UInt8](repeating: 0x61, count: 65_537)]
        #expect(throws: WireError.frameTooLong(tag: 0x72, length: 65_537)) { try request.encoded() }
    }
}
