// What to say about a key that its section does not know: it belongs elsewhere, or is mistyped.

enum UnknownKey {
    private static let sections: [(name: String, line: String, keys: [String])] = [
        ("account", "account NAME", AccountKey.allCases.map(\.rawValue)),
        ("daemon", "daemon", DaemonKey.allCases.map(\.rawValue)),
        ("dkim", "dkim DOMAIN", SigningKey.allCases.map(\.rawValue)),
    ]
    private static let openers = ["defaults", "account", "eval", "daemon", "dkim"]

    /// The word as a message may show it: a line of a private key that was pasted in is cut off.
    static func shown(_ word: String) -> String { word.utf8.count <= 40 ? word : "\(word.prefix(8))…" }

    static func explanation(of word: String, in section: String) -> String {
        if section == "dkim", isBodyLength(word) {
            return
                "there is no l= on purpose: it leaves the end of the body unsigned, and others could append "
                + "to the message (RFC 6376 8.2); remove it"
        }
        if let home = sections.first(where: { $0.keys.contains(word) }) {
            return "is not a key of the \(section) section; put it below a line `\(home.line)`"
        }
        let here = sections.first { $0.name == section }?.keys ?? []
        if let key = word.split(separator: "=").first.map(String.init), key != word, here.contains(key) {
            return "unknown key; write a blank between key and argument: `\(key) …`"
        }
        let everywhere = sections.flatMap(\.keys)
        let nearest =
            Suggestion.nearest(to: word, among: here + openers)
            ?? Suggestion.nearest(to: word, among: everywhere)
        if let nearest { return "unknown key; did you mean \(nearest)?" }
        return "unknown key; smarthost.conf(5) lists the keys"
    }

    /// What people call the tag l= (RFC 6376 3.5).
    private static func isBodyLength(_ word: String) -> Bool {
        let name = word.prefix { $0 != "=" }.lowercased().filter { $0 != "_" && $0 != "-" }
        return ["l", "length", "bodylength", "bodylengths", "bodylimit", "bodycount"].contains(name)
    }
}
