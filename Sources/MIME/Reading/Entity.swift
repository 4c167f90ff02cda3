// An entity (RFC 2045 2.4): the message, a part of a multipart, or the message inside a message part.
internal import MailCore

struct Entity {
    /// Its place among all entities of the message, in the order of their headers; the message's own is 0.
    let index: Int
    /// Its part number as IMAP counts (RFC 3501 6.4.5), empty for the message; a message inside a
    /// message part has that part's.
    let path: [Int]
    /// Whether its header is a message's, not a part's.
    let isMessage: Bool
    let header: MessageHeader
    /// Whether an empty line ended the header; a part may end without one.
    let hasEmptyLine: Bool
    let type: MediaType
    let content: Content

    /// How a person would call it.
    var name: String {
        let place = path.map(String.init).joined(separator: ".")
        let type = String(type.name.prefix(80))
        switch (isMessage, path.isEmpty) {
        case (true, true): return "the body (\(type))"
        case (true, false): return "the message in part \(place) (\(type))"
        default: return "part \(place) (\(type))"
        }
    }
}

/// What follows an entity's header.
enum Content: Equatable {
    case multipart(boundary: [UInt8])
    /// Another entity, a message, in the same place.
    case message
    case leaf(Leaf)
}

/// Content that has no entities in it, or none that may be looked for.
enum Leaf: Equatable {
    /// As it is, free to be encoded. In text a CRLF is a line break; in all else it is data.
    case plain(isText: Bool)
    case quotedPrintable
    case base64
    /// Not to be changed.
    case fixed(Fixture)
}

/// Why content must stay as it is, in words that follow "and".
enum Fixture: String {
    case signed = "what is signed must not be changed"
    case encrypted = "what is encrypted must not be changed"
    case message = "this type may not be encoded (RFC 2046 5.2)"
    case encoding = "its Content-Transfer-Encoding is not one that is known"
    case encodedMultipart = "a multipart that is encoded itself (RFC 2045 6.4) cannot be read"
    case boundary = "it has no boundary that can be relied on"
    case sameBoundary = "its boundary is taken for that of a part around it"
    case unreadableType = "its Content-Type cannot be read"
    case twoFields = "it has two fields Content-Type or Content-Transfer-Encoding"
    case brokenHeader = "its header has a line that is no field, or more than 64 KB"
    case tooDeep = "it is more than 50 parts deep"
    case notBase64 = "it is marked base64, which these are not"
}
