// What to say about a key that its section does not know: it belongs elsewhere, or is mistyped.

enum UnknownKey {
    private static let sections: [(name: String, line: String, keys: [String])] = [
        ("account", "account NAME", AccountKey.allCases.map(\.rawValue)),
        ("daemon", "daemon", DaemonKey.allCases.map(\.rawValue)),
        ("dkim", "dkim DOMAIN", SigningKey.allCases.map(\.rawValue)),
    ]
    private static let openers = ["defaults", "account", "eval", "daemon", "dkim"]

    static func explanation(of word: String, in section: String) -> String {
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
}
