// MessageReader: every split gives the same, no byte gets lost but a separator of mbox files, and a header
// written again is read again as it was.
import FuzzSupport
import MailCore

@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    run(start, count) { input in
        var input = input
        let limit = input.popChoice() % 2 == 0 ? MessageReader.defaultLimit : 1_200
        for bytes in [input, normalized(input)] {
            let whole = read([bytes[...]], limit)
            for split in bytes.splits { demand(read(split, limit) == whole, "a split changes nothing") }
        }
        let wire = normalized(input)
        guard let (header, body) = read([wire[...]], limit) else { return }
        let lineEnd = [ASCII.cr, ASCII.lf]
        let fields = header.serialized
        let isWhole = [fields + lineEnd + body, fields + body].contains { wire.suffix($0.count) == $0[...] }
        demand(isWhole, "header and body are the message")
        let again = read([(fields + lineEnd + body)[...]], .max)
        demand(again?.0 == header && again?.1 == body, "a header written again is the same")
        check(header)
    }
}

private func == (left: (MessageHeader, [UInt8])?, right: (MessageHeader, [UInt8])?) -> Bool {
    left?.0 == right?.0 && left?.1 == right?.1
}

private func read(_ pieces: [ArraySlice<UInt8>], _ limit: Int) -> (MessageHeader, [UInt8])? {
    var reader = MessageReader(limit: limit)
    var body: [UInt8] = []
    do throws(SubmissionProblem) {
        for piece in pieces { try reader.read(piece.span, body: &body) }
        try reader.finish(body: &body)
    } catch {
        demand(isOneLine(error.text), "a refusal is one line")
        return nil
    }
    demand(reader.header != nil, "there is a header at the end")
    return reader.header.map { ($0, body) }
}

private func normalized(_ bytes: [UInt8]) -> [UInt8] {
    var lineEnds = LineEnds()
    var output: [UInt8] = []
    lineEnds.normalize(bytes.span, into: &output)
    lineEnds.finish(into: &output)
    return output
}

private func check(_ header: MessageHeader) {
    for field in header.fields {
        demand(!field.name.isEmpty && field.name.endIndex < field.value.startIndex, "a field has a name")
        demand(HeaderField(bytes: field.bytes) == field, "a field is its bytes")
        demand(header.first(named: String(decoding: field.name, as: UTF8.self)) != nil, "a field is found")
    }
}
