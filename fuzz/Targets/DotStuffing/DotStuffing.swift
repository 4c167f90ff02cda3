// Transparency (RFC 5321 4.5.2): every split gives the same, the data end once, and a server that undoes it
// has the message.
import FuzzSupport
import MailCore

@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    run(start, count) { bytes in
        let wire = stuff([bytes[...]])
        for split in bytes.splits { demand(stuff(split) == wire, "a split changes nothing") }
        demand(wire.suffix(5).elementsEqual("\r\n.\r\n".utf8) || bytes.isEmpty, "the data end")
        let received = unstuff(wire.dropLast(3))
        demand(received.starts(with: bytes), "the message comes back")
        let added = received.dropFirst(bytes.count)
        demand(added.allSatisfy { $0 == ASCII.cr || $0 == ASCII.lf } && added.count <= 2, "with a line end")
    }
}

private func stuff(_ pieces: [ArraySlice<UInt8>]) -> [UInt8] {
    var stuffing = DotStuffing()
    var output: [UInt8] = []
    for piece in pieces { stuffing.stuff(piece.span, into: &output) }
    stuffing.finish(into: &output)
    return output
}

/// As the most lenient server does it, for which a bare LF ends a line too.
private func unstuff(_ wire: ArraySlice<UInt8>) -> [UInt8] {
    var result: [UInt8] = []
    var beginsLine = true
    var skipped = false
    for byte in wire {
        if beginsLine, byte == UInt8(ascii: ".") {
            skipped = true
            beginsLine = false
            continue
        }
        demand(!skipped || byte == UInt8(ascii: "."), "no dot begins a line by itself")
        skipped = false
        result.append(byte)
        beginsLine = byte == ASCII.lf
    }
    demand(!skipped, "no dot stands alone")
    return result
}
