// From what the caller says to what is stored: envelope, account and header.
import MailCore
import Spool
import SubmissionWire
import TestSupport
import Testing

@testable import Submission

@Suite struct EnvelopeTests {
    struct Call: Sendable {
        var configuration = relayAccount
        var request = SubmissionRequest.submit(header: true)
        var header = "From: ann@example.org\nTo: bob@example.net\n"
        var reversePath = "ann@example.org"
        var recipients = ["bob@example.net"]
        var account = "default"
    }

    private static let several =
        "account default\nhost a\nfrom own@example.org\naccount other\nhost b\nfrom *@example.com\n"

    static let calls = [
        Call(),
        Call(
            request: .submit(to: "carl@example.com, dora@example.com", header: true),
            recipients: ["carl@example.com", "dora@example.com", "bob@example.net"]),
        Call(request: .submit(to: "carl@example.com"), recipients: ["carl@example.com"]),
        Call(
            header:
                "From: ann@example.org\nTo: Bob <bob@example.net>\nCc: bob@EXAMPLE.net\nBcc: eve@example.net\n",
            recipients: ["bob@example.net", "eve@example.net"]),
        Call(request: .submit(from: "bounce@example.org", header: true), reversePath: "bounce@example.org"),
        Call(request: .submit(from: "<>", header: true), reversePath: ""),
        Call(request: .submit(from: "", header: true), reversePath: ""),
        Call(request: .submit(from: "www-data", header: true), reversePath: "www-data@host.test"),
        Call(configuration: several, header: "To: bob@example.net\n", reversePath: "own@example.org"),
        Call(
            configuration: several, request: .submit(from: "x@example.com", header: true),
            reversePath: "x@example.com", account: "other"),
        Call(
            configuration: several, header: "From: y@example.com\nTo: bob@example.net\n",
            reversePath: "y@example.com", account: "other"),
        Call(
            configuration: "account default\nhost a\nfrom own@example.org\nallow_from_override off\n",
            request: .submit(from: "bounce@example.org", header: true), reversePath: "own@example.org"),
        Call(
            configuration: "account default\nprotocol maildir\nmaildir /nonexistent\n",
            request: .submit(to: "root", "bob@example.net"), recipients: ["root", "bob@example.net"]),
    ]

    @Test(arguments: calls.indices) func envelope(index: Int) async throws {
        let call = Self.calls[index]
        let counter = try Counter(call.configuration)
        #expect(try counter.submit(call.request, call.header + "\nhello\n").exitCode == .ok)
        let message = try #require(try await counter.stored().first)
        #expect("\(message.reversePath)" == call.reversePath)
        #expect(message.recipients.map { "\($0.address)" } == call.recipients)
        #expect(message.account == call.account)
    }

    /// Neither header nor configuration names a sender: the caller's own name at this host.
    @Test func senderOfLastResort() async throws {
        let counter = try Counter(relayAccount)
        #expect(try counter.submit(.submit(header: true), "To: bob@example.net\n\nhello\n").exitCode == .ok)
        let message = try #require(try await counter.stored().first)
        let user = try #require(message.submitter.userName)
        #expect("\(message.reversePath)" == "\(user)@host.test")
        #expect(try await counter.content().header.contains("From: \(user)@host.test"))
    }

    @Test(arguments: [
        (SubmissionRequest.submit(to: "root"), UInt8(67), "5.1.3 the recipient \"root\" has no domain"),
        (.submit(to: "a@b.org", "postmaster"), 67, "5.1.3 the recipient \"postmaster\" has no domain"),
        (.submit(to: "a@@b"), 64, "5.1.3 the recipient argument \"a@@b\" has "),
        (.submit(), 64, "5.5.4 no recipients: "),
        (.submit(to: "a@b.org", from: "a@@b"), 64, "5.1.7 the sender given with -f has "),
        (.control(.other(Array("dance".utf8))), 64, "5.5.1 this daemon does not know the command \"dance\""),
    ])
    func refused(request: SubmissionRequest, code: UInt8, text: String) async throws {
        let counter = try Counter(relayAccount)
        let verdict = try counter.submit(request, "From: ann@example.org\n\nhello\n")
        let status = verdict.status
        let said =
            "\(status.statusClass).\(status.subject).\(status.detail) \(String(decoding: verdict.text, as: UTF8.self))"
        #expect(verdict.exitCode.rawValue == code)
        #expect(said.hasPrefix(text), "\(said)")
        #expect(try await counter.stored().isEmpty)
    }

    @Test func noAccountForTheSender() throws {
        let counter = try Counter("account one\nhost a\nfrom a@a.org\naccount two\nhost b\nfrom b@b.org\n")
        let verdict = try counter.submit(.submit(from: "c@c.org", header: true), "To: x@y.org\n\nhello\n")
        #expect(verdict.exitCode == .configuration)
        #expect(String(decoding: verdict.text, as: UTF8.self).contains("none is called default"))
    }

    private static let bare = "To: bob@example.net\nBcc: eve@example.net\nSubject: x\n\nhello\n"

    @Test func headerIsPutRight() async throws {
        let counter = try Counter(relayAccount + "from own@example.org\nfrom_full_name \"Ann Other\"\n")
        #expect(try counter.raw(Self.bare) == "")
        let (header, body) = try await counter.content()
        #expect(
            header == [
                "To: bob@example.net", "Subject: x", "Date: Tue, 14 Nov 2023 23:13:20 +0100",
                "From: Ann Other <own@example.org>", "Message-ID: <token@example.org>",
            ])
        #expect(body == "hello\r\n")
        #expect(
            try await counter.stored()[0].recipients.map { "\($0.address)" } == [
                "bob@example.net", "eve@example.net",
            ])
    }

    @Test(arguments: [
        ("set_from_header off", ["To", "Subject", "Date", "Message-ID"]),
        ("set_date_header off", ["To", "Subject", "From", "Message-ID"]),
        ("set_msgid_header off", ["To", "Subject", "Date", "From"]),
        ("remove_bcc_headers off", ["To", "Bcc", "Subject", "Date", "From", "Message-ID"]),
    ])
    func headerSettings(key: String, names: [String]) async throws {
        let counter = try Counter(relayAccount + key + "\n")
        #expect(try counter.raw(Self.bare) == "")
        #expect(try await counter.content().header.map { String($0.prefix { $0 != ":" }) } == names)
    }

    @Test(arguments: [
        ("on", "To: bob@example.net,\r\n eve@example.net"),
        ("undisclosed_recipients", "To: undisclosed-recipients:;"),
    ])
    func toIsReplaced(word: String, field: String) async throws {
        let counter = try Counter(relayAccount + "set_to_header \(word)\n")
        #expect(try counter.raw("Cc: bob@example.net\nBcc: eve@example.net\nSubject: x\n\nhello\n") == "")
        let header = try await counter.content().header.joined(separator: "\r\n")
        #expect(header.hasPrefix(field + "\r\nSubject: x\r\nDate: "))
        #expect(try await counter.stored()[0].recipients.count == 2)
    }

    @Test func fromIsReplaced() async throws {
        let counter = try Counter(
            relayAccount + "from own@example.org\nallow_from_override off\nset_from_header on\n")
        #expect(try counter.raw("From: eve@example.com\n" + Self.bare) == "")
        let from = try await counter.content().header.filter { $0.hasPrefix("From:") }
        #expect(from == ["From: own@example.org"])
    }

    @Test(arguments: [("hello\n", false), ("h\u{E9}llo\n", true)]) func eightBit(
        body: String, is8Bit: Bool
    ) async throws {
        let counter = try Counter(relayAccount)
        #expect(try counter.raw("To: bob@example.net\n\n\(body)") == "")
        #expect(try await counter.stored()[0].is8Bit == is8Bit)
    }
}
