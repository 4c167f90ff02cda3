// Whole messages through everything that is pure in a message's way: NN-name.msg as the caller wrote
// it, NN-name.result as it is stored and sent (envelope, empty line, message) or why it is refused, and
// NN-name.readme saying why. NN-name.arguments holds the command line, one argument a line; without
// it the command line is `-t`. Where a .result is missing, the test fails and shows what it would be.

import Foundation
import MailCore
import Testing

struct GoldenTests {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden")
    static let names: [String] = {
        let files = try? FileManager.default.contentsOfDirectory(atPath: folder.path())
        return (files ?? []).filter { $0.hasSuffix(".msg") }.map { String($0.dropLast(4)) }.sorted()
    }()

    @Test func areThere() { #expect(Self.names.count >= 25) }

    @Test("in, out and why", arguments: names)
    func matches(name: String) throws {
        #expect(try !Self.read("\(name).readme").isEmpty)
        let expected = (try? Self.read("\(name).result")) ?? []
        let caller = Caller(arguments: (try? Self.read("\(name).arguments")).map(text) ?? "-t")
        let message = try Self.read("\(name).msg")
        for chunks in everySplit(of: message) {
            let result = caller.result(of: chunks)
            #expect(result == expected, "\(text(result))")
        }
    }

    @Test("a second preparation changes nothing", arguments: names)
    func staysAsItIs(name: String) throws {
        let caller = Caller(arguments: (try? Self.read("\(name).arguments")).map(text) ?? "-t")
        guard let (once, envelope) = try? caller.prepare([try Self.read("\(name).msg")]) else { return }
        let again = normalized([once])
        #expect(again.bytes == once)
        let (header, body) = try split([once])
        let twice = caller.preparation.prepared(header, for: envelope).serialized + bytes("\r\n") + body
        #expect(twice == once, "\(text(twice))")
    }

    private static func read(_ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: folder.appending(path: name)))
    }
}

/// What the programs around it do with these values: one command line, one message.
private struct Caller {
    var request = EnvelopeRequest(
        readsRecipients: false,
        fallbackSender: .address(EmailAddress(localPart: "www-data", domain: "mail.example")))
    var preparation = Preparation(
        date: DateTime(secondsSinceEpoch: 1_795_229_095), domain: "mail.example", uniqueToken: "20261121.abc",
        qualifyDomain: "mail.example")

    init(arguments: String) {
        var rest = arguments.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)[...]
        while let argument = rest.popFirst() {
            switch argument {
            case "-t": request.readsRecipients = true
            case "-f": request.sender = bytes(rest.popFirst() ?? "")
            case "-F": preparation.fullName = rest.popFirst()
            case "": break
            default: request.recipientArguments.append(bytes(argument))
            }
        }
    }

    func prepare(_ chunks: [[UInt8]]) throws(SubmissionProblem) -> ([UInt8], Envelope) {
        let (header, body) = try split([normalized(chunks).bytes])
        let envelope = try request.envelope(for: header)
            .qualified(sender: "mail.example", recipients: "mail.example")
        let prepared = preparation.prepared(header, for: envelope)
        return (prepared.serialized + bytes("\r\n") + body, envelope)
    }

    func result(of chunks: [[UInt8]]) -> [UInt8] {
        do {
            let (message, envelope) = try prepare(chunks)
            let paths =
                ["MAIL FROM:<\(envelope.reversePath)>"] + envelope.recipients.map { "RCPT TO:<\($0)>" }
            return bytes(paths.map { $0 + "\r\n" }.joined() + "\r\n") + message
        } catch {
            return bytes("exit \(error.kind.exitCode)\r\n\(error.enhanced) \(error.text)\r\n")
        }
    }
}
