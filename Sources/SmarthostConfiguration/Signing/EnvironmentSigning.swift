// DKIMSELECTOR, DKIMDOMAIN and DKIMKEYFILE, as containers with dkimsign in a pipeline set them.

enum EnvironmentSigning {
    private static let keys = ["DKIMSELECTOR", "DKIMDOMAIN", "DKIMKEYFILE"]

    /// The section that the three variables make, where all are set and the file does not say the same.
    static func section(
        from source: ConfigurationSource, beside sections: [SigningSection],
        reporting diagnostics: inout Diagnostics
    ) -> SigningSection? {
        let values = keys.map { source.variable($0) }
        if values.allSatisfy({ $0 == nil }) { return nil }
        guard case let (selector?, domain?, keyFile?) = (values[0], values[1], values[2]) else {
            report(values, &diagnostics)
            return nil
        }
        let parser = ArgumentParser(homeDirectory: source.homeDirectory)
        var section = SigningSection(domain: domain.lowercased(), origin: .environment)
        guard ArgumentParser.isDomainName(domain) else {
            diagnostics.error(.environment, key: "DKIMDOMAIN", "\"\(domain)\" is not a domain name")
            return nil
        }
        let isGood = [(SigningKey.selector, selector, keys[0]), (.keyFile, keyFile, keys[2])].map {
            key, text, name in
            set(key, text, name, in: &section, parser, &diagnostics)
        }
        guard !isGood.contains(false) else { return nil }
        return reconciled(section, sections, &diagnostics)
    }

    private static func report(_ values: [String?], _ diagnostics: inout Diagnostics) {
        let missing = zip(keys, values).filter { $0.1 == nil }.map(\.0)
        let given = zip(keys, values).filter { $0.1 != nil }.map(\.0)
        diagnostics.error(
            .environment, key: missing.joined(separator: ", "),
            "not set although \(given.joined(separator: " and ")) \(given.count == 1 ? "is" : "are"); set all three or none"
        )
    }

    private static func set(
        _ key: SigningKey, _ text: String, _ name: String, in section: inout SigningSection,
        _ parser: ArgumentParser, _ diagnostics: inout Diagnostics
    ) -> Bool {
        do throws(InvalidArgument) {
            let value = try parser.parse(Array(text.utf8), as: key.argument)
            section.settings.set(key, to: Setting(value: value, shown: text, origin: .environment))
            return true
        } catch {
            diagnostics.error(.environment, key: name, error.text)
            return false
        }
    }

    private static func reconciled(
        _ section: SigningSection, _ sections: [SigningSection], _ diagnostics: inout Diagnostics
    ) -> SigningSection? {
        guard let other = sections.first(where: { $0.domain == section.domain }) else { return section }
        let isSame = [SigningKey.selector, .keyFile].allSatisfy {
            section.settings.text($0) == other.settings.text($0)
        }
        if !isSame {
            diagnostics.error(
                .environment, key: "DKIMDOMAIN",
                "\(section.domain) is configured with another selector or key at \(other.origin); remove one of the two"
            )
        }
        return nil
    }
}
