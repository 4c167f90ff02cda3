// DKIM-Signature fields as they come (RFC 6376 3.5, 3.7): without its b= a field is the same but for that,
// and whatever the field holds, the result is one line.
import FuzzSupport
import MailCore

@testable import DKIMCore

@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    run(start, count) { bytes in
        guard let field = HeaderField(bytes: Array("DKIM-Signature:".utf8) + bytes) else { return }
        if case .success(let signature) = ReceivedSignature.read(field) { check(signature, field) }
        let from = HeaderField(name: "From", value: "a@example.org")
        let verifier = Verifier(header: MessageHeader(fields: [field, from]))
        let names = verifier.keyNames
        let results = verifier.finish(at: 1_000_000_000) { name in
            demand(names.contains(name), "no key is asked for that was not announced")
            return .records([Array("v=DKIM1; k=ed25519; p=\(ed25519Key)".utf8)])
        }
        demand(results.count == 1 && results.allSatisfy { $0.verdict != .pass }, "nothing passes by chance")
        demand(results.allSatisfy { isOneLine("\($0)") }, "a result is one line: \(results)")
    }
}

/// The public key of RFC 8463 A.2.
private let ed25519Key = "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="

private func check(_ signature: ReceivedSignature, _ field: HeaderField) {
    let unsigned = signature.unsigned.bytes
    let start = zip(unsigned, field.bytes).prefix { $0 == $1 }.count
    let removed = field.bytes.count - unsigned.count
    demand(removed > 0, "something is removed")
    demand(unsigned[start...] == field.bytes[(start + removed)...], "the rest of the field is as it was")
    guard let before = try? TagList(field.value), let after = try? TagList(signature.unsigned.value) else {
        return demand(false, "without the signature it is a tag list")
    }
    demand(after["b"]?.isEmpty == true, "b= is empty")
    for name in ["v", "a", "c", "d", "h", "i", "l", "q", "s", "t", "x", "z", "bh"] {
        demand(before[name] == after[name], "the other tags are as they were")
    }
}
