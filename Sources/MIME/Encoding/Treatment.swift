// What is done to one entity, and its header after that.
internal import MailCore

enum Treatment: Equatable, Sendable {
    /// Header and content stay as they are.
    case untouched
    /// The content stays; 8bit or binary is no longer true of it, or of what is in it.
    case relabelled
    /// Base64 whose lines are broken.
    case rewrapped
    /// Quoted-printable that is made correct.
    case mended
    case quotedPrintable(Introduction)
    case base64(Introduction)

    var changesContent: Bool { self != .untouched && self != .relabelled }
}

/// The fields that a header must get before its encoding means something.
enum Introduction: Equatable, Sendable {
    case none
    case version
    /// A message that knows nothing of MIME becomes plain text.
    case plainText(Charset)

    /// What an encoded entity's header lacks. A part needs no version; a message that has a Content-Type is
    /// read by it even where MIME-Version was forgotten.
    init(for header: MessageHeader, isMessage: Bool, charset: Charset) {
        let isComplete = !isMessage || header.first(named: "MIME-Version") != nil
        let hasType = header.first(named: "Content-Type") != nil
        self = isComplete ? .none : hasType ? .version : .plainText(charset)
    }
}

extension MessageHeader {
    /// The header of an entity that was treated so.
    func treated(_ treatment: Treatment, for limits: TransportLimits) -> MessageHeader {
        switch treatment {
        case .untouched, .rewrapped, .mended: self
        case .relabelled: relabelled(for: limits)
        case .quotedPrintable(let introduction): introduced(introduction).declaring(.quotedPrintable)
        case .base64(let introduction): introduced(introduction).declaring(.base64)
        }
    }

    /// RFC 2045 6.4: what a multipart says of its encoding holds for all that is in it.
    private func relabelled(for limits: TransportLimits) -> MessageHeader {
        guard let field = first(named: TransferEncoding.fieldName) else { return self }
        switch TransferEncoding(parsing: field.value) {
        case .eightBit where !limits.allows8Bit: return declaring(.sevenBit)
        case .binary: return declaring(limits.allows8Bit ? .eightBit : .sevenBit)
        default: return self
        }
    }

    /// The field in its place, its name as it was written; at the end where there is none.
    private func declaring(_ encoding: TransferEncoding) -> MessageHeader {
        var header = self
        let place = fields.firstIndex { $0.isNamed(TransferEncoding.fieldName) }
        if let place {
            let name = String(decoding: fields[place].name, as: UTF8.self)
            header.fields[place] = HeaderField(name: name, value: encoding.rawValue)
        } else {
            header.fields.append(HeaderField(name: TransferEncoding.fieldName, value: encoding.rawValue))
        }
        return header
    }

    func introduced(_ introduction: Introduction) -> MessageHeader {
        var header = self
        if introduction != .none { header.fields.append(HeaderField(name: "MIME-Version", value: "1.0")) }
        if case .plainText(let charset) = introduction {
            header.fields.append(
                HeaderField(name: "Content-Type", value: "text/plain; charset=\(charset.rawValue)"))
        }
        return header
    }
}
