// The submission dialect in both directions: every split gives the same, and requests and verdicts written
// again are read again as they were.
import FuzzSupport

@testable import SubmissionWire

@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    run(start, count) { bytes in
        let whole = decode([bytes[...]])
        for split in bytes.splits { demand(decode(split) == whole, "a split changes nothing") }
        if let request = whole.request { try check(request) }
        let answer = decodeAnswer([bytes[...]])
        for split in bytes.splits { demand(decodeAnswer(split) == answer, "a split changes nothing") }
        if let verdict = answer.verdict { check(verdict) }
        if let verdict = try? Verdict(line: bytes) { check(verdict) }
        checkDialect(bytes)
    }
}

private struct Submission: Equatable {
    var request: SubmissionRequest?
    var data: [UInt8] = []
    var isComplete = false
    var error: WireError?
}

private func decode(_ pieces: [ArraySlice<UInt8>]) -> Submission {
    var decoder = SubmissionDecoder()
    var result = Submission()
    do throws(WireError) {
        for piece in pieces {
            var rest = piece
            while let event = try decoder.next(&rest) {
                switch event {
                case .request(let request): result.request = request
                case .data(let bytes): result.data += bytes
                case .end: result.isComplete = true
                }
            }
        }
    } catch {
        result.error = error
    }
    demand(result.isComplete == decoder.isComplete, "the end is told")
    return result
}

private func check(_ request: SubmissionRequest) throws {
    let encoded = try request.encoded()
    demand(encoded.starts(with: Frame.preamble), "a request begins with the preamble")
    let bytes = encoded.dropFirst(Frame.preamble.count) + MessageEncoder().end()
    let again = decode([bytes])
    demand(again.request == request && again.isComplete, "a request comes back")
}

private struct Answer: Equatable {
    var output: [UInt8] = []
    var verdict: Verdict?
    var error: WireError?
}

private func decodeAnswer(_ pieces: [ArraySlice<UInt8>]) -> Answer {
    var decoder = AnswerDecoder()
    var result = Answer()
    do throws(WireError) {
        for piece in pieces {
            var rest = piece
            while let event = try decoder.next(&rest) {
                switch event {
                case .output(let bytes): result.output += bytes
                case .verdict(let verdict): result.verdict = verdict
                }
            }
        }
    } catch {
        result.error = error
    }
    return result
}

private func check(_ verdict: Verdict) {
    demand(!verdict.text.contains { $0 < 0x20 || $0 == 0x7F }, "a verdict's text is one line")
    demand(decodeAnswer([verdict.encoded()[...]]).verdict == verdict, "a verdict comes back")
}

private func checkDialect(_ bytes: [UInt8]) {
    let whole = Dialect.detect(bytes[...], atEnd: true)
    demand(whole != nil, "at the end the dialect is known")
    for count in 0...min(bytes.count, 20) {
        let early = Dialect.detect(bytes.prefix(count), atEnd: false)
        demand(early == nil || early == whole, "a dialect once known stays")
    }
}
