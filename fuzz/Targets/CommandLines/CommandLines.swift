// sendmail's command line, one argument a line: nothing is invented, nothing behind `--` is an option, and a
// message is never sent to nobody.
import FuzzSupport
import SendmailArguments

@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    run(start, count) { bytes in
        let arguments = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            .map(Array.init)
        let name = Array("sendmail".utf8)
        if let invocation = try? Invocation([name] + arguments) { check(invocation, arguments) }
        let literal = try? Invocation([name, Array("--".utf8)] + arguments)
        demand(literal?.recipients == arguments, "what follows -- are recipients")
        if let invocation = try? Invocation(arguments) { check(invocation, arguments) }
    }
}

private func check(_ invocation: Invocation, _ arguments: [[UInt8]]) {
    let hasRecipients = !invocation.recipients.isEmpty || invocation.recipientsFromHeader
    demand(invocation.action != .submit || hasRecipients, "a message has recipients")
    demand(invocation.recipients.allSatisfy(arguments.contains), "no recipient is invented")
    let values = [
        invocation.reversePath, invocation.fullName, invocation.notify, invocation.returnContent,
        invocation.envelopeID, invocation.bodyType, invocation.socket,
    ]
    for case let value? in values where !value.isEmpty {
        demand(arguments.contains { $0.suffix(value.count) == value[...] }, "no value is invented")
    }
    demand(invocation.options.allSatisfy { $0.first == UInt8(ascii: "-") }, "options are options")
}
