// The way from a name over its aliases to its TXT records. A recursive server goes it for us; one that holds
// only a part of it, asked directly, answers with an alias that ends nowhere.

struct TextRecordSearch {
    let ask: (DNSName, DNSMessage.RecordType) -> Result<DNSMessage, TextRecordFailure>
    /// As many as the usual resolvers follow.
    private static let maximumAliases = 10

    func answer(for name: DNSName) -> TextRecordAnswer {
        var chain = [name]
        while let asked = chain.last {
            switch ask(asked, .text) {
            case .failure(let failure):
                // Many servers follow a loop until they give up.
                if failure.kind == .serverFailure, let loop = loop(from: chain) { return .aliasLoop(loop) }
                return .failure(failure)
            case .success(let message):
                guard Self.follow(message, &chain) else { return .aliasLoop(chain.map(\.description)) }
                let end = chain.last ?? asked
                let records = message.texts(of: end)
                if !records.isEmpty { return .found(records) }
                if message.code == .noSuchName { return .noSuchName(end.description) }
                if end == asked { return .noTextRecord(end.description) }
            }
        }
        return .noSuchName(name.description)
    }

    /// Goes on along the aliases of the answer; false where they do not end.
    private static func follow(_ message: DNSMessage, _ chain: inout [DNSName]) -> Bool {
        while let end = chain.last, let next = message.alias(of: end) {
            let isLoop = chain.contains(next)
            chain.append(next)
            if isLoop || chain.count > maximumAliases { return false }
        }
        return true
    }

    /// Goes along the aliases one by one, which no server has to follow; nil where they end.
    private func loop(from start: [DNSName]) -> [String]? {
        var chain = start
        while let end = chain.last, case .success(let message) = ask(end, .alias),
            message.alias(of: end) != nil
        {
            guard Self.follow(message, &chain) else { return chain.map(\.description) }
        }
        return nil
    }
}
