// DKIMSELECTOR, DKIMDOMAIN and DKIMKEYFILE, as containers with dkimsign in a pipeline set them: their key signs
// everybody's mail, as it did there. Reports what is missing, wrong, or said otherwise by the file.

struct EnvironmentSigning {
    private static let variables: [(name: String, key: SigningKey)] = [
        ("DKIMSELECTOR", .selector), ("DKIMDOMAIN", .domain), ("DKIMKEYFILE", .keyFile),
    ]

    private let source: ConfigurationSource

    /// The `dkim *` that the three variables make, where all are set and the file does not have that one itself.
    static func section(
        from source: ConfigurationSource, beside sections: [SigningSection],
        reporting diagnostics: inout Diagnostics
    ) -> SigningSection? {
        let reader = EnvironmentSigning(source: source)
        guard let section = reader.section(&diagnostics) else { return nil }
        return reader.reconciled(section, sections, &diagnostics)
    }

    private func section(_ diagnostics: inout Diagnostics) -> SigningSection? {
        let given = Self.variables.filter { source.variable($0.name) != nil }.map(\.name)
        if given.isEmpty { return nil }
        let missing = Self.variables.map(\.name).filter { !given.contains($0) }
        guard missing.isEmpty else {
            diagnostics.error(
                .environment, key: missing.joined(separator: ", "),
                "not set although \(given.joined(separator: " and ")) \(given.count == 1 ? "is" : "are"); set all three or none"
            )
            return nil
        }
        var section = SigningSection(name: SigningSection.everybody, origin: .environment)
        for (name, key) in Self.variables { set(key, name, in: &section, &diagnostics) }
        return section.refused.isEmpty ? section : nil
    }

    private func set(
        _ key: SigningKey, _ name: String, in section: inout SigningSection, _ diagnostics: inout Diagnostics
    ) {
        let text = source.variable(name) ?? ""
        do throws(InvalidArgument) {
            let parser = ArgumentParser(homeDirectory: source.homeDirectory)
            let value = try parser.parse(Array(text.utf8), as: key.argument)
            section.settings.set(key, to: Setting(value: value, shown: text, origin: .environment))
        } catch {
            diagnostics.error(.environment, key: name, error.text)
            section.refused.insert(key)
        }
    }
}

// MARK: - Beside the file

extension EnvironmentSigning {
    /// What the file says of the same domain has to name the same key. Its other settings then hold for that key
    /// wherever it signs.
    private func reconciled(
        _ section: SigningSection, _ sections: [SigningSection], _ diagnostics: inout Diagnostics
    ) -> SigningSection? {
        if let other = sections.first(where: { $0.scope == .everybody }) {
            if other.domain == section.domain, isSameKey(section, other) { return nil }
            diagnostics.error(
                .environment, key: "DKIMDOMAIN",
                "the three variables and `dkim *` (\(other.origin)) both sign everybody's mail; remove one of the two"
            )
            return nil
        }
        guard let other = sections.first(where: { $0.domain == section.domain }) else { return section }
        guard isSameKey(section, other) else {
            diagnostics.error(
                .environment, key: "DKIMDOMAIN",
                "\(other.name) is configured with another selector or key at \(other.origin); remove one of the two"
            )
            return nil
        }
        var result = section
        for key in [SigningKey.canonicalization, .signHeaders, .oversignHeaders, .expire, .identity] {
            if let setting = other.settings[key] { result.settings.set(key, to: setting) }
        }
        return result
    }

    /// Whether the other section has the variables' key under the same selector.
    private func isSameKey(_ section: SigningSection, _ other: SigningSection) -> Bool {
        guard let own = keys(of: section).first else { return false }
        return keys(of: other).contains { $0 == own }
    }

    private func keys(of section: SigningSection) -> [SelectorAndSource] {
        zip(section.settings.all(.selector), section.settings.all(.keyFile)).compactMap { selector, file in
            guard case (.text(let name), .keySource(let source)) = (selector.value, file.value) else {
                return nil
            }
            return SelectorAndSource(selector: name.lowercased(), source: resolved(source))
        }
    }

    /// `env:VARIABLE` and the file that it names are the same.
    private func resolved(_ key: KeySource) -> KeySource {
        guard case .environment(let variable) = key, let path = source.variable(variable) else { return key }
        return .file(path)
    }
}

private struct SelectorAndSource: Equatable {
    let selector: String
    let source: KeySource
}
