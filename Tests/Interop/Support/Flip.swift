// A signed message with one bit changed, and whether that bit is signed, by our own canonical forms.
import MailCore
import TestSupport

@testable import DKIMCore

struct Flip: Sendable, CustomStringConvertible {
    var signed: SignedCase { original.signed }
    let changed: [UInt8]
    private let original: Original
    private let index: Int
    private let bit: Int
    private var wire: [UInt8] { original.wire }

    /// What is flipped, with what need not be found again for each bit.
    struct Original: Sendable {
        let signed: SignedCase
        let wire: [UInt8]
        /// Where the value of b= stands: the signature's field is the first.
        let signature: Range<Int>
        fileprivate let form: [[UInt8]]?

        init(_ signed: SignedCase, _ wire: [UInt8]) throws {
            self.signed = signed
            self.wire = wire
            let field = partedOnWire(wire).header.fields[0]
            signature = try TagList(field.value).extent(of: "b") ?? 0..<0
            form = signedForm(of: wire)
        }
    }

    var description: String {
        let (before, after) = (wire[max(0, index - 20)..<index], wire[(index + 1)...].prefix(20))
        let place = [before, after].map { String(decoding: $0, as: UTF8.self).debugDescription }
        return "\(signed), bit \(bit) of \(wire[index]) between \(place[0]) and \(place[1])"
    }

    init(_ original: Original, _ index: Int, _ bit: Int) {
        self.original = original
        self.index = index
        self.bit = bit
        var changed = original.wire
        changed[index] ^= 1 << UInt8(bit)
        self.changed = changed
    }

    /// The hash or the signature is another. The value of b= itself is not hashed, and white space and
    /// padding in it are no part of the signature (RFC 6376 3.5, b=).
    var isSigned: Bool {
        if original.signature.contains(index), !Base64Digits.contains(wire[index]) { return false }
        return signedForm(of: changed) != original.form
    }

    /// Whether it is the same for one who reads messages so (PeerError).
    func isSame(for laxities: Set<String>) -> Bool {
        let read = { signedForm(of: Self.read($0, laxities)) }
        return read(changed) == read(wire)
    }

    private static func read(_ wire: [UInt8], _ laxities: Set<String>) -> [UInt8] {
        var result = wire
        if laxities.contains(PeerError.bareLineFeed) {
            result = []
            for byte in wire {
                if byte == ASCII.lf, result.last != ASCII.cr { result.append(ASCII.cr) }
                result.append(byte)
            }
        }
        if laxities.contains(PeerError.controls) {
            let end = result.count - partedOnWire(result).body.count
            for index in 0..<end where isControl(result, index) { result[index] = ASCII.space }
        }
        if laxities.contains(PeerError.endAtNUL) {
            let (header, body) = partedOnWire(result)
            result = header.fields.flatMap { $0.bytes.prefix { $0 != 0 } + [ASCII.cr, ASCII.lf] }
            result += [ASCII.cr, ASCII.lf] + body
        }
        return result
    }

    /// A vertical tab or form feed, or a CR or LF that is no part of CRLF.
    private static func isControl(_ bytes: [UInt8], _ index: Int) -> Bool {
        switch bytes[index] {
        case 0x0B, 0x0C: true
        case ASCII.cr: index + 1 == bytes.count || bytes[index + 1] != ASCII.lf
        case ASCII.lf: index == 0 || bytes[index - 1] != ASCII.cr
        default: false
        }
    }
}

enum Base64Digits {
    static func contains(_ byte: UInt8) -> Bool {
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8.contains(byte)
    }
}

/// All that the first signature covers, in our canonical form, and itself; nil where there is none.
private func signedForm(of wire: [UInt8]) -> [[UInt8]]? {
    let (header, body) = partedOnWire(wire)
    guard let field = header.fields.first, field.isNamed("DKIM-Signature"),
        let signature = try? ReceivedSignature.read(field).get()
    else { return nil }
    let keys = signature.fieldNames.map { FieldStack.key($0.utf8) }
    let fields = FieldStack(header.fields.dropFirst()).take(keys)
    var hasher = BodyHasher(signature.bodyCanonicalization)
    hasher.update(body)
    let canonical = ([signature.unsigned] + fields).map { field in
        var bytes: [UInt8] = []
        signature.headerCanonicalization.append(field, to: &bytes)
        return bytes
    }
    return canonical + [signature.signature, hasher.finish().digest]
}
