// The command lines of real programs, each as it is written there.

import SendmailArguments
import Testing

func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

/// A command line, words divided by blanks; `''` is the empty argument.
func words(_ line: String) -> [[UInt8]] {
    line.split(separator: " ").map { $0 == "''" ? [] : bytes(String($0)) }
}

func invocation(_ line: String) throws(UsageError) -> Invocation { try Invocation(words(line)) }

/// What the caller is told, or nothing where the call is understood.
func refusal(_ line: String) -> String {
    do throws(UsageError) {
        _ = try invocation(line)
        return ""
    } catch {
        return String(decoding: error.text, as: UTF8.self)
    }
}

/// What a call amounts to, in the words of the test's tables.
struct Call: CustomTestStringConvertible, Sendable {
    let line: String
    var from: String?
    var name: String?
    var header = false
    var to: [String] = []
    var delivery: Invocation.Delivery?
    var options: [String] = []

    var testDescription: String { line }

    var expected: Invocation {
        var invocation = Invocation()
        invocation.reversePath = from.map(bytes)
        invocation.fullName = name.map(bytes)
        invocation.recipientsFromHeader = header
        invocation.recipients = to.map(bytes)
        invocation.delivery = delivery
        invocation.options = options.map(bytes)
        return invocation
    }
}

@Suite struct CallersTests {
    static let calls = [
        // PHP mail(), with a fifth argument, and with one whose address is empty.
        Call(line: "/usr/sbin/sendmail -t -i", header: true, options: ["-i"]),
        Call(
            line: "/usr/sbin/sendmail -t -i -fweb@example.org", from: "web@example.org", header: true,
            options: ["-i"]),
        Call(line: "/usr/sbin/sendmail -t -i -f", from: "", header: true, options: ["-i"]),
        // Symfony Mailer and Laravel, -t taken away; Drupal.
        Call(
            line: "/usr/sbin/sendmail -fa@example.org b@example.org c@example.org", from: "a@example.org",
            to: ["b@example.org", "c@example.org"]),
        // PHPMailer isSendmail.
        Call(
            line: "/usr/sbin/sendmail -fa@example.org -i -t", from: "a@example.org", header: true,
            options: ["-i"]),
        // CiviCRM (PEAR Mail); the same when its shell has made -f'' a bare -f.
        Call(
            line: "/usr/sbin/sendmail -i -fa@example.org -- b@example.org c@example.org",
            from: "a@example.org", to: ["b@example.org", "c@example.org"], options: ["-i"]),
        Call(
            line: "/usr/sbin/sendmail -i -f -- b@example.org", from: "", to: ["b@example.org"],
            options: ["-i"]),
        // cronie; Debian's, vixie's and OpenBSD's cron; anacron.
        Call(
            line: "/usr/sbin/sendmail -FCronDaemon -i -odi -oem -oi -t -f root", from: "root",
            name: "CronDaemon", header: true, delivery: .direct, options: ["-i", "-oem", "-i"]),
        Call(
            line: "sendmail -FCronDaemon -odi -oem -oi -t", name: "CronDaemon", header: true,
            delivery: .direct, options: ["-oem", "-i"]),
        Call(
            line: "sendmail -FCronDaemon -odi -oem -- root", name: "CronDaemon", to: ["root"],
            delivery: .direct, options: ["-oem"]),
        Call(line: "sendmail -FAnacron -odi root", name: "Anacron", to: ["root"], delivery: .direct),
        // mdadm.
        Call(line: "/usr/sbin/sendmail -t", header: true),
        // smartd through bsd-mailx.
        Call(
            line: "sendmail -i -r smartd@example.org root", from: "smartd@example.org", to: ["root"],
            options: ["-i"]),
        // fail2ban.
        Call(line: "sendmail -f fail2ban root@example.org", from: "fail2ban", to: ["root@example.org"]),
        // unattended-upgrades, Python's documentation, Django with -ti.
        Call(line: "sendmail -oi -t", header: true, options: ["-i"]),
        Call(line: "/usr/sbin/sendmail -t -oi", header: true, options: ["-i"]),
        Call(line: "sendmail -ti", header: true, options: ["-i"]),
        // git send-email.
        Call(
            line: "/usr/lib/sendmail -f a@example.org -i b@example.org", from: "a@example.org",
            to: ["b@example.org"], options: ["-i"]),
        Call(line: "/usr/lib/sendmail -i b@example.org", to: ["b@example.org"], options: ["-i"]),
        // aerc, PocketBase.
        Call(line: "sendmail a@example.org b@example.org", to: ["a@example.org", "b@example.org"]),
        // The mail gem of Rails; Nodemailer.
        Call(
            line: "/usr/sbin/sendmail -i -f a@example.org -- b@example.org", from: "a@example.org",
            to: ["b@example.org"], options: ["-i"]),
        Call(
            line: "sendmail -i -f a@example.org b@example.org", from: "a@example.org", to: ["b@example.org"],
            options: ["-i"]),
        // Perl's MIME::Lite; Courier maildrop; Gitea.
        Call(line: "/usr/lib/sendmail -t -oi -oem", header: true, options: ["-i", "-oem"]),
        Call(line: "sendmail -oi -t -f", from: "", header: true, options: ["-i"]),
        Call(line: "sendmail -oi -t -f ''", from: "", header: true, options: ["-i"]),
        Call(
            line: "sendmail -f a@example.org -i -- b@example.org", from: "a@example.org",
            to: ["b@example.org"], options: ["-i"]),
    ]

    @Test(arguments: calls)
    func isUnderstood(call: Call) throws {
        #expect(try invocation(call.line) == call.expected)
    }

    /// mutt and neomutt, OpenBSD's cron: with the options for DSN and 8 bits.
    @Test func mutt() throws {
        let mutt = try invocation(
            "sendmail -oem -oi -B8BITMIME -f a@example.org -N never -R hdrs -V id7 -- b@example.org")
        #expect(mutt.bodyType == bytes("8BITMIME"))
        #expect(mutt.notify == bytes("never"))
        #expect(mutt.returnContent == bytes("hdrs"))
        #expect(mutt.envelopeID == bytes("id7"))
        #expect(mutt.recipients == [bytes("b@example.org")])
        let cron = try invocation("sendmail -i -FCronDaemon -B8BITMIME -oem root")
        #expect(cron.bodyType == bytes("8BITMIME"))
        #expect(cron.recipients == [bytes("root")])
    }

    /// Symfony's and Laravel's defaults want SMTP: they must hear what to use instead.
    @Test(arguments: ["/usr/sbin/sendmail -bs", "/usr/sbin/sendmail -bs -i"])
    func symfonyDefault(line: String) {
        #expect(refusal(line).contains("sendmail -t -i"))
    }

    /// PHPMailer isQmail expects qmail-inject, which reads the header without -t.
    @Test func qmail() {
        #expect(throws: UsageError.self) { try invocation("/var/qmail/bin/sendmail -fa@example.org") }
    }
}
