// Replies of a server: every split gives the same, texts are fit for a log, and a reply written again is
// read again as it was.
import FuzzSupport
import MailCore

@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    run(start, count) { bytes in
        let limits = ReplyParser.Limits(line: 100, reply: 400)
        let whole = read([bytes[...]], limits)
        for split in bytes.splits { demand(read(split, limits) == whole, "a split changes nothing") }
        for case .reply(let answer) in whole { check(answer) }
    }
}

private enum Event: Equatable {
    case reply(ServerReply)
    case problem(ReplyProblem)
}

private func read(_ pieces: [ArraySlice<UInt8>], _ limits: ReplyParser.Limits) -> [Event] {
    var parser = ReplyParser(limits: limits)
    var events: [Event] = []
    for piece in pieces {
        parser.append(piece.span)
        do throws(ReplyProblem) {
            while let reply = try parser.next() { events.append(.reply(reply)) }
        } catch {
            demand(isOneLine("\(error)"), "a problem is one line")
            return events + [.problem(error)]
        }
    }
    return events
}

private func check(_ answer: ServerReply) {
    demand((200...599).contains(answer.reply.code), "a code is a reply code")
    demand(isOneLine("\(answer.reply)") && answer.lines.allSatisfy { isOneLine($0) }, "texts are lines")
    let lines = answer.lines.enumerated().map { index, line in
        "\(answer.reply.code)\(index == answer.lines.count - 1 ? " " : "-")\(line)\r\n"
    }
    let again = read([Array(lines.joined().utf8)[...]], ReplyParser.Limits())
    demand(again == [.reply(answer)], "a reply comes back")
}
