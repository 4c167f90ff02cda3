// Base 64 (RFC 4648 4): what is encoded comes back, and what can be decoded has one meaning.
import FuzzSupport
import MailCore

@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    run(start, count) { bytes in
        demand(Base64.decode(Base64.encode(bytes)) == bytes, "encoded bytes come back")
        guard let decoded = Base64.decode(bytes) else { return }
        let canonical = Base64.encode(decoded)
        demand(canonical.count <= bytes.count + 2, "nothing is decoded that is not in the text")
        demand(Base64.decode(canonical) == decoded, "decoded bytes come back")
    }
}
