// Line ends: every split gives the same, each line ends in one CRLF, and mending twice changes nothing.
import FuzzSupport
import MailCore

@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    run(start, count) { bytes in
        for rule in [LineEnds.BareReturn.blankInHeader, .lineEnd] {
            let (output, tally) = normalize([bytes[...]], rule)
            for split in bytes.splits {
                demand(normalize(split, rule) == (output, tally), "a split changes nothing")
            }
            check(output, tally)
            let (again, second) = normalize([output[...]], rule)
            demand(again == output && second.mended == 0, "what is mended needs no mending")
        }
    }
}

private func normalize(
    _ pieces: [ArraySlice<UInt8>], _ rule: LineEnds.BareReturn
) -> ([UInt8], LineEnds.Tally) {
    var lineEnds = LineEnds(bareReturn: rule)
    var output: [UInt8] = []
    for piece in pieces { lineEnds.normalize(piece.span, into: &output) }
    lineEnds.finish(into: &output)
    return (output, lineEnds.tally)
}

private func check(_ output: [UInt8], _ tally: LineEnds.Tally) {
    demand(!output.contains(0), "no NUL is left")
    var length = 0
    var longest = 0
    for (index, byte) in output.enumerated() {
        let follower = index + 1 < output.count ? output[index + 1] : nil
        demand(byte != ASCII.cr || follower == ASCII.lf, "no CR stands without LF")
        demand(byte != ASCII.lf || index > 0 && output[index - 1] == ASCII.cr, "no LF stands without CR")
        length = byte == ASCII.lf ? 0 : byte == ASCII.cr ? length : length + 1
        longest = max(longest, length)
    }
    demand(output.isEmpty || output.last == ASCII.lf, "the last line has its end")
    demand(tally.size == output.count && tally.longestLine == longest, "the tally is right")
    demand(tally.hasEightBit == output.contains { $0 >= 0x80 }, "the tally knows of eight bits")
}
