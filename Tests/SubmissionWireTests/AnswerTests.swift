// The server's side of the dialogue: output and the verdict.

import SubmissionWire
import Testing

struct Answer: Equatable {
    var output: [UInt8] = []
    var verdict: Verdict?

    init(_ pieces: [ArraySlice<UInt8>]) throws(WireError) {
        var decoder = AnswerDecoder()
        for piece in pieces {
            var input = piece
            while let event = try decoder.next(&input) {
                switch event {
                case .output(let bytes): output += bytes
                case .verdict(let verdict): self.verdict = verdict
                }
            }
        }
    }
}

@Suite struct AnswerTests {
    @Test(arguments: [
        Verdict(.ok, .init(2, 0, 0), queueID: Array("4F2A".utf8), text: "queued".utf8),
        Verdict(.noPermission, .init(5, 7, 1), text: "uid 33 may not submit".utf8),
        Verdict(.temporaryFailure, .init(4, 4, 1), queueID: Array("7".utf8), text: "".utf8),
        Verdict(ExitCode(rawValue: 255), .init(5, 999, 999), text: "a  b ".utf8),
    ])
    func verdictsAtEverySplit(verdict: Verdict) throws {
        let bytes = Frame.output("queue is empty\n".utf8) + verdict.encoded()
        for split in 0...bytes.count {
            let answer = try Answer([bytes[..<split], bytes[split...]])
            #expect(answer.verdict == verdict, "split at \(split)")
            #expect(answer.output == Array("queue is empty\n".utf8), "split at \(split)")
        }
    }

    @Test(arguments: [0, 1, 65_535, 65_536, 65_537, 200_000])
    func outputOfAnyLength(count: Int) throws {
        let output = [UInt8](repeating: 0x61, count: count)
        #expect(try Answer([Frame.output(output)[...]]).output == output)
    }

    /// A relay's words are shown on a terminal: one line, no control characters, no half character at the end.
    @Test func textIsOneLine() {
        let verdict = Verdict(.unavailable, .init(5, 0, 0), text: "550 no\r\n\u{1B}[31mno\u{7F}".utf8)
        #expect(verdict.text == Array("550 no   [31mno ".utf8))
        let long = Verdict(
            .unavailable, .init(5, 0, 0), text: ("x" + String(repeating: "é", count: 3_000)).utf8)
        #expect(long.text.count == Verdict.maximumText - 1)
        #expect(String(validating: long.text, as: UTF8.self) != nil)
    }

    @Test(arguments: [
        "", "0", "0 2.0.0", "0 2.0.0 -", "x 2.0.0 - t", "256 2.0.0 - t", "-1 2.0.0 - t", "0 2.0 - t",
        "0 2.0.0.0 - t", "0 2.0.x - t", "0 2..0 - t", "0 2.0.1000 - t", "0 2.0.0  t", " 0 2.0.0 - t",
    ])
    func malformedVerdicts(line: String) {
        let bytes = frame("V", Array(line.utf8))
        #expect(throws: WireError.malformedVerdict) { try Answer([bytes[...]]) }
    }

    @Test func otherFramesAreNoAnswer() {
        #expect(throws: WireError.unknownTag(0x32)) { try Answer([frame("2")[...]]) }
        #expect(throws: WireError.frameTooLong(tag: 0x4F, length: 65_537)) {
            try Answer([frame("O", length: 65_537)[...]])
        }
    }

    @Test func refusalsSayWhatIsWrong() {
        let version = Verdict.unsupportedVersion(2)
        #expect(version.exitCode == .unavailable)
        #expect(String(decoding: version.text, as: UTF8.self).contains("speaks version 2"))
        let refusal = Verdict.refusing(.unknownTag(0x5A))
        #expect(refusal.exitCode == .software)
        #expect(String(decoding: refusal.text, as: UTF8.self) == "protocol error: unknown frame Z")
    }
}
