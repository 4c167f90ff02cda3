// Finds the entities of a message in its body as it streams by (RFC 2046 5.1), and tells a visitor what
// each stretch of bytes is. Holds one header and the multiparts that are open, whatever the body is.
//
// A line is a delimiter when it is exactly that, blanks at its end aside; the innermost multipart comes
// first. A multipart that is not closed ends with the one around it or with the body.
internal import MailCore

/// Takes what a scanner finds. All bytes of the body come by exactly once and in order.
protocol EntityVisitor {
    /// An entity begins with its header (the message's own is no part of the body), and the empty line
    /// after it, if it has one.
    mutating func begin(_ entity: Entity)
    /// A run of the content of the leaf that began last.
    mutating func content(_ run: Span<UInt8>)
    /// In the leaf's content a line begins a PGP message or a signed text (RFC 9580 6.2.1, 7).
    mutating func meetArmor()
    mutating func endContent(atDelimiter: Bool)
    /// Text before a multipart's first part or after its last one begins; readers show it to nobody.
    mutating func beginUnread()
    mutating func unread(_ run: Span<UInt8>)
    /// `isWhole`: the multipart has no part at all.
    mutating func endUnread(isWhole: Bool)
    /// A delimiter with its line ends.
    mutating func delimiter(_ run: Span<UInt8>)
}

struct EntityScanner {
    /// What the bytes at hand belong to.
    private enum Area {
        case header
        case content
        case unread
        case delimiter(isClosing: Bool)
    }

    /// A multipart that is not closed.
    private struct Multipart {
        let boundary: [UInt8]
        let path: [Int]
        let depth: Int
        let defaultType: MediaType
        var partCount = 0
    }

    private(set) var entityCount = 0
    private var splitter = LineSplitter()
    private var area = Area.content
    private var multiparts: [Multipart] = []
    /// A line end was read that belongs to the delimiter if one follows.
    private var holdsLineEnd = false
    private var header = PartHeader()

    // The entity whose header is being read.
    private var path: [Int] = []
    private var depth = 0
    private var isMessage = true
    private var defaultType = MediaType.plainText

    /// Begins with the message's own header.
    mutating func start(_ header: MessageHeader, visitor: inout some EntityVisitor) {
        enter(header, hasEmptyLine: true, visitor: &visitor)
    }

    mutating func scan(_ chunk: Span<UInt8>, visitor: inout some EntityVisitor) {
        var position = 0
        while let piece = splitter.next(in: chunk, from: &position) {
            switch piece {
            case .text(let range): take(chunk.extracting(range), visitor: &visitor)
            case .carried(let bytes): take(bytes.span, visitor: &visitor)
            case .dashes(let line): take(dashes: line, visitor: &visitor)
            case .lineEnd: takeLineEnd(visitor: &visitor)
            }
        }
    }

    mutating func finish(visitor: inout some EntityVisitor) {
        for piece in splitter.finish() {
            switch piece {
            case .carried(let bytes): take(bytes.span, visitor: &visitor)
            case .dashes(let line): take(dashes: line, visitor: &visitor)
            case .text, .lineEnd: break
            }
        }
        endHeaders(visitor: &visitor)
        releaseLineEnd(visitor: &visitor)
        switch area {
        case .content: visitor.endContent(atDelimiter: false)
        case .unread: visitor.endUnread(isWhole: multiparts.last?.partCount == 0)
        case .header, .delimiter: break
        }
    }
}

// MARK: Lines

extension EntityScanner {
    private mutating func take(_ run: Span<UInt8>, visitor: inout some EntityVisitor) {
        guard !run.isEmpty else { return }
        releaseLineEnd(visitor: &visitor)
        switch area {
        case .header:
            header.append(run)
            if header.isTooLarge { enterBroken(visitor: &visitor) }
        case .content: visitor.content(run)
        case .unread: visitor.unread(run)
        case .delimiter: visitor.delimiter(run)
        }
    }

    private mutating func takeLineEnd(visitor: inout some EntityVisitor) {
        releaseLineEnd(visitor: &visitor)
        switch area {
        case .header where header.isAtLineStart: endHeader(hasEmptyLine: true, visitor: &visitor)
        case .header: header.endLine()
        case .content, .unread: holdsLineEnd = true
        case .delimiter(let isClosing):
            visitor.delimiter(Self.lineEnd.span)
            beginAfterDelimiter(isClosing: isClosing, visitor: &visitor)
        }
    }

    private mutating func releaseLineEnd(visitor: inout some EntityVisitor) {
        guard holdsLineEnd else { return }
        holdsLineEnd = false
        switch area {
        case .content: visitor.content(Self.lineEnd.span)
        case .unread: visitor.unread(Self.lineEnd.span)
        case .header, .delimiter: break
        }
    }

    private mutating func take(dashes line: [UInt8], visitor: inout some EntityVisitor) {
        guard let (level, isClosing) = delimiter(line) else {
            if case .content = area, Self.isArmor(line) { visitor.meetArmor() }
            return take(line.span, visitor: &visitor)
        }
        endHeaders(visitor: &visitor)
        switch area {
        case .content: visitor.endContent(atDelimiter: true)
        case .unread:
            let hasPart = level == multiparts.count - 1 && !isClosing
            visitor.endUnread(isWhole: multiparts.last?.partCount == 0 && !hasPart)
        case .header, .delimiter: break
        }
        if holdsLineEnd { visitor.delimiter(Self.lineEnd.span) }
        holdsLineEnd = false
        multiparts.removeSubrange((isClosing ? level : level + 1)...)
        visitor.delimiter(line.span)
        area = .delimiter(isClosing: isClosing)
    }

    /// Which of the open multiparts the line is a delimiter of, and whether it closes it.
    private func delimiter(_ line: [UInt8]) -> (level: Int, isClosing: Bool)? {
        let end = line.lastIndex { !ASCII.isWhiteSpace($0) } ?? -1
        let text = line[...end].dropFirst(2)
        for level in multiparts.indices.reversed() where text.starts(with: multiparts[level].boundary) {
            let rest = text.dropFirst(multiparts[level].boundary.count)
            if rest.isEmpty { return (level, false) }
            if rest.elementsEqual("--".utf8) { return (level, true) }
        }
        return nil
    }

    private static func isArmor(_ line: [UInt8]) -> Bool {
        line.starts(with: "-----BEGIN PGP SIGNED MESSAGE-----".utf8)
            || line.starts(with: "-----BEGIN PGP MESSAGE".utf8)
    }

    private static let lineEnd = [ASCII.cr, ASCII.lf]
}

// MARK: Entities

extension EntityScanner {
    private mutating func beginAfterDelimiter(isClosing: Bool, visitor: inout some EntityVisitor) {
        guard !isClosing, let last = multiparts.indices.last else {
            area = .unread
            return visitor.beginUnread()
        }
        multiparts[last].partCount += 1
        path = multiparts[last].path + [multiparts[last].partCount]
        depth = multiparts[last].depth
        defaultType = multiparts[last].defaultType
        isMessage = false
        area = .header
    }

    /// A header that something else than an empty line ends; the message inside a message part is empty then.
    private mutating func endHeaders(visitor: inout some EntityVisitor) {
        while case .header = area { endHeader(hasEmptyLine: false, visitor: &visitor) }
    }

    private mutating func endHeader(hasEmptyLine: Bool, visitor: inout some EntityVisitor) {
        if let fields = header.fields {
            header = PartHeader()
            return enter(fields, hasEmptyLine: hasEmptyLine, visitor: &visitor)
        }
        enterBroken(visitor: &visitor)
        if hasEmptyLine { takeLineEnd(visitor: &visitor) }
    }

    private mutating func enter(
        _ header: MessageHeader, hasEmptyLine: Bool, visitor: inout some EntityVisitor
    ) {
        let surroundings = Surroundings(
            defaultType: defaultType, depth: depth, boundaries: multiparts.map(\.boundary))
        let (type, content) = Content.classify(header, in: surroundings)
        begin(header, hasEmptyLine, type, content, visitor: &visitor)
        depth += 1
        switch content {
        case .leaf: area = .content
        case .message:
            (isMessage, defaultType, area) = (true, .plainText, .header)
        case .multipart(let boundary):
            multiparts.append(
                Multipart(
                    boundary: boundary, path: path, depth: depth,
                    defaultType: type.subtype == "digest" ? .message : .plainText))
            area = .unread
            visitor.beginUnread()
        }
    }

    /// A header that cannot be read is content like all that follows it.
    private mutating func enterBroken(visitor: inout some EntityVisitor) {
        var lines = header.bytes[...]
        let endsLine = header.isAtLineStart && !lines.isEmpty
        if endsLine { lines = lines.dropLast(2) }
        header = PartHeader()
        begin(MessageHeader(fields: []), false, defaultType, .leaf(.fixed(.brokenHeader)), visitor: &visitor)
        area = .content
        visitor.content(lines.span)
        holdsLineEnd = endsLine
    }

    private mutating func begin(
        _ header: MessageHeader, _ hasEmptyLine: Bool, _ type: MediaType, _ content: Content,
        visitor: inout some EntityVisitor
    ) {
        visitor.begin(
            Entity(
                index: entityCount, path: path, isMessage: isMessage, header: header,
                hasEmptyLine: hasEmptyLine, type: type, content: content))
        entityCount += 1
    }
}
