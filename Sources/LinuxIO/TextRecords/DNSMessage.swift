// Questions and answers of the DNS (RFC 1035 4), as far as TXT, SRV and CNAME go. Reading an answer throws
// TextRecordFailure.Kind, whatever the bytes are.

struct DNSMessage: Equatable {
    enum RecordType: UInt16 {
        case alias = 5
        case text = 16
        case service = 33
    }

    enum Code: Equatable {
        case none, formatError, serverFailure, noSuchName, notImplemented, refused
        case other(UInt8)

        init(_ number: UInt8) {
            let known: [Code] = [.none, .formatError, .serverFailure, .noSuchName, .notImplemented, .refused]
            self = Int(number) < known.count ? known[Int(number)] : .other(number)
        }
    }

    let code: Code
    /// There is more than fitted: to be asked for over TCP.
    let isTruncated: Bool
    /// It says where to ask instead of an answer.
    let isReferral: Bool
    private var aliases: [DNSName: DNSName] = [:]
    private var texts: [DNSName: [[[UInt8]]]] = [:]
    private var services: [DNSName: [ServiceRecord]] = [:]

    func alias(of name: DNSName) -> DNSName? { aliases[name] }
    /// The strings of each of the name's TXT records.
    func texts(of name: DNSName) -> [[[UInt8]]] { texts[name] ?? [] }
    func services(of name: DNSName) -> [ServiceRecord] { services[name] ?? [] }

    /// Reads an answer; nil where it answers another question, as a late or forged one does.
    init?(_ bytes: [UInt8], to query: DNSQuery) throws(TextRecordFailure.Kind) {
        guard bytes.count >= 12, bytes.starts(with: query.bytes.prefix(2)), bytes[2] & 0x80 != 0 else {
            return nil
        }
        var reader = DNSReader(bytes, at: 2)
        let flags = try reader.number()
        let questions = try reader.number()
        let answers = try reader.number()
        let authorities = try reader.number()
        _ = try reader.number()
        code = Code(UInt8(flags & 0xF))
        isTruncated = flags & 0x0200 != 0
        let isAuthoritative = flags & 0x0400 != 0
        let asksOthers = flags & 0x0080 != 0
        isReferral = code == .none && answers == 0 && authorities > 0 && !isAuthoritative && !asksOthers
        // Who cannot read a question cannot repeat it.
        if questions == 0 && (code == .formatError || code == .notImplemented) { return }
        guard questions == 1, try reader.name() == query.name, try reader.number() == query.type.rawValue,
            try reader.number() == DNSQuery.internetClass
        else { return nil }
        if isTruncated { return }
        for _ in 0..<answers { try take(&reader) }
    }

    private mutating func take(_ reader: inout DNSReader) throws(TextRecordFailure.Kind) {
        let owner = try reader.name()
        let type = try reader.number()
        let recordClass = try reader.number()
        try reader.skip(4)
        let length = Int(try reader.number())
        var data = reader
        try reader.skip(length)
        guard recordClass == DNSQuery.internetClass else { return }
        switch RecordType(rawValue: type) {
        case .alias:
            let target = try data.name()
            guard data.position == reader.position else { throw .unreadable }
            aliases[owner] = target
        case .text: texts[owner, default: []].append(try data.strings(length))
        case .service:
            let record = ServiceRecord(
                priority: try data.number(), weight: try data.number(), port: try data.number(),
                target: try data.name().description)
            guard data.position == reader.position else { throw .unreadable }
            services[owner, default: []].append(record)
        case nil: break
        }
    }
}

/// A question as it is sent.
struct DNSQuery {
    let name: DNSName
    let type: DNSMessage.RecordType
    let bytes: [UInt8]
    static let internetClass: UInt16 = 1

    /// `saysSize`: with the record that says how long a datagram may be (RFC 6891), which very old servers do
    /// not understand.
    init(_ name: DNSName, _ type: DNSMessage.RecordType, identifier: UInt16, saysSize: Bool) {
        self.name = name
        self.type = type
        let recursionDesired: UInt16 = 0x0100
        let header = [identifier, recursionDesired, 1, 0, 0, saysSize ? 1 : 0]
        let question = name.wireForm + Self.bytes([type.rawValue, Self.internetClass])
        // OPT at the root; 1232 bytes pass unfragmented everywhere.
        let size = saysSize ? [0] + Self.bytes([41, 1_232, 0, 0, 0]) : []
        bytes = Self.bytes(header) + question + size
    }

    private static func bytes(_ numbers: [UInt16]) -> [UInt8] {
        numbers.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] }
    }
}
