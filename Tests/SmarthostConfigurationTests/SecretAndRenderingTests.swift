// What is shown of a configuration: everything but the secrets.

import Testing

@testable import SmarthostConfiguration

struct SecretTests {
    @Test func isNeverShown() throws {
        let text = "account default\nhost h\ntls on\nauth on\nuser u\npassword hunter2\n"
        let configuration = try World.parse(text)
        var dumped = ""
        dump(configuration, to: &dumped)
        let shown = [
            dumped, "\(configuration)", String(reflecting: configuration), configuration.renderedText,
            "\(configuration.accounts)", "\(Secret("hunter2".utf8))",
        ]
        #expect(
            shown.filter { $0.contains("hunter2") || $0.contains("104") && $0.contains("117, 110") } == [])
        #expect(Secret("hunter2".utf8).reveal() == Array("hunter2".utf8))
    }

    @Test(arguments: [("p w\n", "p w"), ("p\r\nq\n", "p"), ("p", "p"), ("", ""), ("\np", ""), ("p\r", "p")])
    func isTheFirstLine(_ output: String, _ secret: String) {
        #expect(Secret(firstLineOf: output.utf8).reveal() == Array(secret.utf8))
    }

    @Test func staysOutOfErrors() {
        let errors = World.errors(
            "account default\nhost h\npassword hunter2\nauth plain\nprot 1\npassword hunter3\n")
        #expect(!errors.isEmpty && !errors.contains { $0.contains("hunter") })
    }
}

struct RenderingTests {
    @Test func everySettingWithItsPlace() throws {
        let text = """
            defaults
            tls on
            account default
            host mail.example.org
            auth on
            user joe
            password hunter2
            dkim example.org
            selector s1
            key_file /k.pem
            """
        #expect(
            try World.parse(text).renderedText == """
                daemon
                    listen submit unix:/run/smarthost/submit.sock mode=0660    # default
                    spool /var/lib/smarthost/spool    # default
                    delivery queue    # default
                    idle_exit off    # default
                    max_message_size 100M    # default
                    max_recipients 1000    # default
                    retry 1m 5m 15m 30m 1h 2h 4h    # default
                    max_connections 4    # default
                    dkim_missing defer    # default

                account default
                    host mail.example.org    # /etc/msmtprc:4
                    port 25    # default
                    timeout off    # default
                    protocol smtp    # default
                    domain localhost    # default
                    auth on    # /etc/msmtprc:5
                    user joe    # /etc/msmtprc:6
                    password ***    # /etc/msmtprc:7
                    tls on    # /etc/msmtprc:2
                    tls_starttls on    # default
                    tls_trust_file system    # default
                    tls_certcheck on    # default
                    allow_from_override on    # default
                    set_from_header auto    # default
                    set_date_header auto    # default
                    set_msgid_header auto    # default
                    remove_bcc_headers on    # default
                    dkim_domain auto    # default

                dkim example.org
                    selector s1    # /etc/msmtprc:9
                    key_file /k.pem    # /etc/msmtprc:10
                    canonicalization relaxed/relaxed    # default
                    expire 7    # default

                """)
    }
}
