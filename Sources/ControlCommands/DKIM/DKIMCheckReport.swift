// What `dkim check` found: a line each, with what to publish below a key that needs it, or one JSON object.
import DKIMCore
import MailCore

struct DKIMCheckReport {
    private struct Entry {
        let finding: CheckFinding
        let domain: String
        let own: OwnKey?
    }

    private var entries: [Entry] = []

    mutating func add(_ findings: [CheckFinding], of own: OwnKey) {
        entries += findings.map { Entry(finding: $0, domain: own.domain, own: own) }
    }

    mutating func add(_ findings: [CheckFinding], of domain: String) {
        entries += findings.map { Entry(finding: $0, domain: domain, own: nil) }
    }

    private func count(_ grade: CheckFinding.Grade) -> Int {
        entries.count { $0.finding.grade == grade }
    }

    /// What is wrong for certain counts more than what could not be asked.
    var exitCode: Int32 {
        if count(.wrong) > 0 { return ExitCode.failure }
        return count(.unknown) > 0 ? ExitCode.unavailable : ExitCode.success
    }

    var text: String {
        var lines: [String] = []
        for (index, entry) in entries.enumerated() {
            lines.append(entry.finding.line)
            let isLast = index + 1 == entries.count || entries[index + 1].own?.name != entry.own?.name
            if isLast, let own = entry.own, needsPublishing(own) {
                lines.append(PublishingAdvice.text(for: own))
            }
        }
        return (lines + ["", summary]).joined(separator: "\n")
    }

    private func needsPublishing(_ own: OwnKey) -> Bool {
        entries.contains { $0.own?.name == own.name && $0.finding.grade == .wrong }
    }

    private var summary: String {
        let counts = [
            (count(.wrong), "wrong"), (count(.unknown), "not known"), (count(.note), "to be noted"),
        ].filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }
        return counts.isEmpty ? "Nothing is wrong." : "Found: \(counts.joined(separator: ", "))."
    }

    var json: JSONValue {
        let result =
            count(.wrong) > 0 ? CheckFinding.Grade.wrong : count(.unknown) > 0 ? .unknown : .good
        return [
            "result": .string(result.rawValue),
            "findings": .array(entries.map { json($0) }),
        ]
    }

    private func json(_ entry: Entry) -> JSONValue {
        let publish = entry.own.flatMap { needsPublishing($0) ? $0.record.text : nil }
        func text(_ value: String?) -> JSONValue { value.map { .string($0) } ?? nil }
        return [
            "grade": .string(entry.finding.grade.rawValue), "code": .string(entry.finding.code.rawValue),
            "domain": .string(entry.domain), "selector": text(entry.own?.selector),
            "place": .string(entry.finding.place), "text": .string(entry.finding.text),
            "publish": text(publish),
        ]
    }
}
