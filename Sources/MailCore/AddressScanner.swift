// The words of an address list (RFC 5322 3.2): atoms, quoted strings, domain literals and specials,
// with comments, white space and folds skipped (CFWS, 3.2.2). Throws AddressProblem.

struct AddressToken {
    enum Kind { case atom, quoted, dot, at, literal, less, greater, comma, semicolon, colon, end }

    let kind: Kind
    let range: Range<Int>

    /// What an address or a phrase is made of.
    var isWord: Bool {
        switch kind {
        case .atom, .quoted, .dot, .at, .literal: true
        default: false
        }
    }

    /// Whether a local part may have it behind `previous`: after a dot, or as the rest of an atom that
    /// begins like an encoded word and is taken for one.
    func continues(_ previous: AddressToken) -> Bool {
        let isRest = kind == .atom && previous.kind == .atom && range.lowerBound == previous.range.upperBound
        return previous.kind == .dot || isRest
    }
}

struct AddressScanner {
    let bytes: ArraySlice<UInt8>
    private let commentDepth: Int
    private(set) var position: Int

    init(_ bytes: ArraySlice<UInt8>, commentDepth: Int) {
        self.bytes = bytes
        self.commentDepth = commentDepth
        position = bytes.startIndex
    }

    func problem(_ kind: AddressProblem.Kind, at index: Int) -> AddressProblem {
        AddressProblem(kind, at: index, of: bytes)
    }

    mutating func next() throws(AddressProblem) -> AddressToken {
        try skipCommentsAndSpace()
        let start = position
        guard start < bytes.endIndex else { return AddressToken(kind: .end, range: start..<start) }
        let kind: AddressToken.Kind =
            switch bytes[start] {
            case UInt8(ascii: "\""): try quoted()
            case UInt8(ascii: "["): try literal()
            case let byte where ASCII.isAtomText(byte): atom()
            case let byte: try special(byte)
            }
        return AddressToken(kind: kind, range: start..<position)
    }

    /// The token's meaning: without quotes, brackets kept, folds and quoting backslashes taken out.
    func text(of token: AddressToken) -> [UInt8] {
        guard token.kind == .quoted || token.kind == .literal else { return Array(bytes[token.range]) }
        var text: [UInt8] = []
        var index = token.range.lowerBound
        while index < token.range.upperBound {
            let byte = bytes[index]
            if byte == UInt8(ascii: "\\"), index + 1 < token.range.upperBound {
                index += 1
                text.append(bytes[index])
            } else if byte != UInt8(ascii: "\""), byte != ASCII.cr, byte != ASCII.lf {
                text.append(byte)
            }
            index += 1
        }
        return token.kind == .quoted ? text : text.filter { !ASCII.isWhiteSpace($0) }
    }

    private mutating func special(_ byte: UInt8) throws(AddressProblem) -> AddressToken.Kind {
        guard let kind = Self.specials[byte] else {
            throw problem(ASCII.isControl(byte) ? .controlCharacter : .unexpected, at: position)
        }
        position += 1
        return kind
    }

    private static let specials: [UInt8: AddressToken.Kind] = [
        UInt8(ascii: "."): .dot, UInt8(ascii: "@"): .at, UInt8(ascii: "<"): .less,
        UInt8(ascii: ">"): .greater, UInt8(ascii: ","): .comma, UInt8(ascii: ";"): .semicolon,
        UInt8(ascii: ":"): .colon,
    ]

    private mutating func atom() -> AddressToken.Kind {
        if let end = EncodedWord.end(in: bytes[position...]) {
            position = end  // its text may hold what an atom may not, as many programs write it
        } else {
            while position < bytes.endIndex, ASCII.isAtomText(bytes[position]) { position += 1 }
        }
        return .atom
    }

    private mutating func quoted() throws(AddressProblem) -> AddressToken.Kind {
        let start = position
        position += 1
        while position < bytes.endIndex {
            if bytes[position] == UInt8(ascii: "\"") {
                position += 1
                return .quoted
            }
            try skipText(unclosed: .unclosedQuote, openedAt: start)
        }
        throw problem(.unclosedQuote, at: start)
    }

    private mutating func literal() throws(AddressProblem) -> AddressToken.Kind {
        let start = position
        position += 1
        while position < bytes.endIndex {
            switch bytes[position] {
            case UInt8(ascii: "]"):
                position += 1
                return .literal
            case UInt8(ascii: "["), UInt8(ascii: "\\"), UInt8(ascii: "<"), UInt8(ascii: ">"):
                throw problem(.unexpected, at: position)
            default: try skipText(unclosed: .unclosedLiteral, openedAt: start)
            }
        }
        throw problem(.unclosedLiteral, at: start)
    }

    private mutating func skipCommentsAndSpace() throws(AddressProblem) {
        while position < bytes.endIndex {
            switch bytes[position] {
            case ASCII.space, ASCII.tab: position += 1
            case ASCII.cr where isFold: position += 3
            case UInt8(ascii: "("): try skipComment()
            default: return
            }
        }
    }

    private mutating func skipComment() throws(AddressProblem) {
        let start = position
        var depth = 0
        while position < bytes.endIndex {
            switch bytes[position] {
            case UInt8(ascii: "("):
                depth += 1
                guard depth <= commentDepth else { throw problem(.commentsTooDeep, at: position) }
                position += 1
            case UInt8(ascii: ")"):
                depth -= 1
                position += 1
                if depth == 0 { return }
            default: try skipText(unclosed: .unclosedComment, openedAt: start)
            }
        }
        throw problem(.unclosedComment, at: start)
    }

    /// One byte of a comment, a quoted string or a literal; with a backslash the one after it too
    /// (3.2.1); or a fold.
    private mutating func skipText(
        unclosed: AddressProblem.Kind, openedAt start: Int
    ) throws(AddressProblem) {
        if isFold {
            position += 3
            return
        }
        if bytes[position] == UInt8(ascii: "\\") { position += 1 }
        guard position < bytes.endIndex else { throw problem(unclosed, at: start) }
        guard bytes[position] == ASCII.tab || !ASCII.isControl(bytes[position]) else {
            throw problem(.controlCharacter, at: position)
        }
        position += 1
    }

    /// Whether a CRLF with white space after it stands here (FWS, 3.2.2).
    private var isFold: Bool {
        position + 2 < bytes.endIndex && bytes[position] == ASCII.cr && bytes[position + 1] == ASCII.lf
            && ASCII.isWhiteSpace(bytes[position + 2])
    }
}
