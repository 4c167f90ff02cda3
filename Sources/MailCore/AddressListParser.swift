// The grammar of an address list over the scanner's words; see AddressList for what it accepts.
// Throws AddressProblem.

struct AddressListParser {
    private var scanner: AddressScanner
    private let limits: AddressList.Limits
    private var found: [Mailbox] = []
    /// Where the group that is open began.
    private var group: Int?

    init(_ bytes: ArraySlice<UInt8>, limits: AddressList.Limits) {
        scanner = AddressScanner(bytes, commentDepth: limits.commentDepth)
        self.limits = limits
    }

    mutating func mailboxes() throws(AddressProblem) -> [Mailbox] {
        while true {
            let (words, delimiter) = try wordsAndDelimiter()
            switch delimiter.kind {
            case .less: try angleAddress(phrase: words, openedAt: delimiter.range.lowerBound)
            case .colon: try openGroup(words, at: delimiter.range.lowerBound)
            case .semicolon:
                guard group != nil else {
                    throw scanner.problem(.semicolonOutsideGroup, at: delimiter.range.lowerBound)
                }
                if !words.isEmpty { try add(words, phrase: []) }
                group = nil
            case .greater: throw scanner.problem(.unexpected, at: delimiter.range.lowerBound)
            default:  // a comma or the end; commas with nothing between them are obsolete syntax (4.4)
                if !words.isEmpty { try add(words, phrase: []) }
            }
            guard delimiter.kind == .end else { continue }
            if let group { throw scanner.problem(.unclosedGroup, at: group) }
            return found
        }
    }

    private mutating func wordsAndDelimiter() throws(AddressProblem) -> ([AddressToken], AddressToken) {
        var words: [AddressToken] = []
        while true {
            let token = try scanner.next()
            guard token.isWord else { return (words, token) }
            words.append(token)
        }
    }

    private mutating func openGroup(_ name: [AddressToken], at colon: Int) throws(AddressProblem) {
        guard group == nil, let first = name.first, !name.contains(where: { $0.kind == .at }) else {
            throw scanner.problem(.unexpected, at: colon)
        }
        group = first.range.lowerBound
    }

    /// `<local@domain>`, with the obsolete route before it read over (RFC 5322 4.4, RFC 5321 F.2).
    private mutating func angleAddress(
        phrase: [AddressToken], openedAt start: Int
    ) throws(AddressProblem) {
        var (words, delimiter) = try wordsAndDelimiter()
        if words.first?.kind == .at {
            while delimiter.kind == .comma { delimiter = try wordsAndDelimiter().1 }
            guard delimiter.kind == .colon else {
                throw scanner.problem(.noLocalPart, at: words[0].range.lowerBound)
            }
            (words, delimiter) = try wordsAndDelimiter()
        }
        guard delimiter.kind == .greater else {
            throw delimiter.kind == .end
                ? scanner.problem(.unclosedAngle, at: start)
                : scanner.problem(.unexpected, at: delimiter.range.lowerBound)
        }
        guard !words.isEmpty else { throw scanner.problem(.noAddress, at: start) }
        try add(words, phrase: bytes(of: phrase))
        try expectDelimiter()
    }

    /// Nothing but a comma, a group's end or the list's end may follow `<…>`.
    private mutating func expectDelimiter() throws(AddressProblem) {
        var ahead = scanner
        let token = try ahead.next()
        switch token.kind {
        case .comma: scanner = ahead
        case .semicolon, .end: break
        default: throw scanner.problem(.strayText, at: token.range.lowerBound)
        }
    }

    private func bytes(of words: [AddressToken]) -> [UInt8] {
        guard let first = words.first, let last = words.last else { return [] }
        return Array(scanner.bytes[first.range.lowerBound..<last.range.upperBound])
    }

    private mutating func add(_ words: [AddressToken], phrase: [UInt8]) throws(AddressProblem) {
        let start = words[0].range.lowerBound
        guard found.count < limits.mailboxes else { throw scanner.problem(.tooManyAddresses, at: start) }
        let at = words.firstIndex { $0.kind == .at }
        let local = words[..<(at ?? words.endIndex)]
        let localPart = try localPart(local, startingAt: start)
        var domain: String?
        if let at { domain = try self.domain(words[(at + 1)...], after: words[at]) }
        let address = EmailAddress(localPart: localPart, domain: domain)
        try checkLengths(of: address, at: start)
        let end = (local.last?.range.upperBound ?? start) - scanner.bytes.startIndex
        found.append(Mailbox(phrase: phrase, address: address, endOfLocalPart: end))
    }

    private func localPart(
        _ words: ArraySlice<AddressToken>, startingAt start: Int
    ) throws(AddressProblem) -> String {
        var bytes: [UInt8] = []
        var previous: AddressToken?
        for word in words {
            if word.kind == .literal { throw scanner.problem(.unexpected, at: word.range.lowerBound) }
            guard word.kind == .dot || previous.map({ word.continues($0) }) ?? true else {
                throw scanner.problem(.strayWords, at: start)
            }
            bytes += scanner.text(of: word)
            previous = word
        }
        guard bytes.contains(where: { $0 != UInt8(ascii: ".") }) else {
            throw scanner.problem(.noLocalPart, at: start)
        }
        return try string(bytes, at: start)
    }

    private func domain(
        _ words: ArraySlice<AddressToken>, after at: AddressToken
    ) throws(AddressProblem) -> String {
        guard let first = words.first, let last = words.last else {
            throw scanner.problem(.noDomain, at: at.range.lowerBound)
        }
        let start = first.range.lowerBound
        if words.count == 1, first.kind == .literal { return try string(scanner.text(of: first), at: start) }
        var bytes: [UInt8] = []
        var expectsAtom = true
        for word in words {
            if word.kind == .at { throw scanner.problem(.secondAt, at: word.range.lowerBound) }
            guard word.kind == (expectsAtom ? .atom : .dot) else {
                let isTwoWords = !expectsAtom && word.kind != .literal
                throw scanner.problem(isTwoWords ? .strayText : .badDomain, at: word.range.lowerBound)
            }
            bytes += scanner.bytes[word.range]
            expectsAtom.toggle()
        }
        guard last.kind == .atom, bytes.allSatisfy(Self.isDomainByte) else {
            throw scanner.problem(.badDomain, at: start)
        }
        return try string(bytes, at: start)
    }

    /// What names of hosts are made of, and the underscore that some local ones have.
    private static func isDomainByte(_ byte: UInt8) -> Bool {
        ASCII.isAlphanumeric(byte) || byte >= 0x80 || "-_.".utf8.contains(byte)
    }

    private func string(_ bytes: [UInt8], at start: Int) throws(AddressProblem) -> String {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw scanner.problem(.notUTF8, at: start)
        }
        if text.unicodeScalars.contains(where: \.isControl) {
            throw scanner.problem(.controlCharacter, at: start)
        }
        return text
    }

    /// RFC 5321 4.5.3.1: a path of 256 bytes holds its angle brackets too.
    private func checkLengths(of address: EmailAddress, at start: Int) throws(AddressProblem) {
        guard address.localPart.utf8.count <= 64 else { throw scanner.problem(.localPartTooLong, at: start) }
        guard address.domain?.utf8.count ?? 0 <= 255 else { throw scanner.problem(.domainTooLong, at: start) }
        guard address.description.utf8.count <= 254 else { throw scanner.problem(.pathTooLong, at: start) }
    }
}
