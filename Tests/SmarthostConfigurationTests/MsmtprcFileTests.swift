// Whole files: the two that have to work unchanged, and others as public projects have them.

import Testing

@testable import SmarthostConfiguration

struct MsmtprcFileTests {
    static let gmail = """
        # Valeurs par défaut
        defaults
        auth           on
        tls            on
        tls_trust_file /etc/ssl/certs/ca-certificates.crt
        logfile        /var/log/msmtp.log

        # Configuration Gmail
        account        gmail
        host           smtp.gmail.com
        port           587
        from           ton.email@gmail.com
        user           ton.email@gmail.com
        password       ton_mot_de_passe_application

        # Définir le compte par défaut
        account default : gmail
        """

    @Test func gmailAsItStands() throws {
        let configuration = try World.parse(Self.gmail)
        #expect(configuration.warnings == [])
        #expect(configuration.accounts.map(\.name) == ["gmail", "default"])
        let account = try #require(configuration.defaultAccount)
        let trust = TrustAnchors.file("/etc/ssl/certs/ca-certificates.crt")
        let credentials = Credentials(
            user: "ton.email@gmail.com", password: .inline(Secret("ton_mot_de_passe_application".utf8)))
        #expect(
            configuration.relay
                == Relay(
                    mailProtocol: .smtp, endpoint: .tcp(host: "smtp.gmail.com", port: 587, source: nil),
                    timeout: nil,
                    tls: .startTLS(
                        TLSParameters(
                            name: "smtp.gmail.com", verification: .certificate(trust, revocationLists: nil))),
                    authentication: .on(credentials, mechanisms: SASLMechanism.forPasswords),
                    helloDomain: "localhost"))
        #expect(account.log?.destination == .file("/var/log/msmtp.log"))
        #expect(
            account.sender.address?.reversePath(author: nil, user: "root")?.description
                == "ton.email@gmail.com")
    }

    @Test(arguments: ["\n", "\r\n"]) func mailcatcherAsItStands(_ lineEnd: String) throws {
        let lines = [
            "defaults", "account default", "host mailcatcher", "port 25", "auth off", "protocol smtp",
            "logfile -", "",
        ]
        let configuration = try World.parse(lines.joined(separator: lineEnd))
        #expect(configuration.warnings == [])
        let relay = try #require(configuration.relay)
        #expect(relay.endpoint == .tcp(host: "mailcatcher", port: 25, source: nil))
        #expect(relay.mailProtocol == .smtp && relay.tls == .off && relay.authentication == .off)
        #expect(configuration.defaultAccount?.log?.destination == .standardOutput)
    }

    @Test func dovecotOverLMTPAsItStands() throws {
        let configuration = try World.parse(
            """
            defaults
            account default
            host dovecot
            port 24
            user src@src.test
            password pass
            protocol lmtp
            logfile -
            """)
        #expect(configuration.relay?.mailProtocol == .lmtp)
        #expect(configuration.relay?.endpoint == .tcp(host: "dovecot", port: 24, source: nil))
        #expect(configuration.relay?.authentication == .off)
        #expect(
            configuration.warnings.map(\.description)
                == [
                    "/etc/msmtprc:5: warning: user: not used: auth is off, so mail is sent without a password"
                ])
    }
}

/// Files in the manner of public projects, one habit each.
struct PublicMsmtprcTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let text: String
        var endpoint = Relay.Endpoint.tcp(host: "mail.example.org", port: 25, source: nil)
        var tls = "off"
        var mechanisms: [SASLMechanism] = []
        var password: PasswordSource?
        var warnings: [String] = []
    }

    static let cases = [
        Case(
            testDescription: "php image with a mail catcher, no section at all",
            text: "host mailhog\nport 1025\nfrom php@localhost\n",
            endpoint: .tcp(host: "mailhog", port: 1025, source: nil)),
        Case(
            testDescription: "one account without a default",
            text: "account provider\nhost mail.example.org\n",
            warnings: [
                "1: warning: account: provider is the only account and taken as the default; to say so, add `account default : provider`"
            ]),
        Case(
            testDescription: "port 465 with tabs, upper-case comment block and no final line end",
            text:
                "### MAIL ###\naccount\tdefault\n\thost\tmail.example.org\n\tport\t465\n\ttls\ton\n\ttls_starttls\toff\n\tauth\tlogin\n\tuser\tjoe\n\tpassword\t\"p#ss \"",
            endpoint: .tcp(host: "mail.example.org", port: 465, source: nil),
            tls: "implicit mail.example.org system",
            mechanisms: [.login], password: .inline(Secret("p#ss ".utf8))),
        Case(
            testDescription: "implicit TLS without a port",
            text: "defaults\ntls on\ntls_starttls off\naccount default\nhost mail.example.org\n",
            endpoint: .tcp(host: "mail.example.org", port: 465, source: nil),
            tls: "implicit mail.example.org system"),
        Case(
            testDescription: "passwordeval from gpg, bare keywords for on",
            text:
                "defaults\ntls\nauth\naccount work\nhost mail.example.org\nport 587\nuser joe\npasswordeval \"gpg --quiet --for-your-eyes-only -d ~/.pw.gpg\"\naccount default : work\n",
            endpoint: .tcp(host: "mail.example.org", port: 587, source: nil),
            tls: "starttls mail.example.org system",
            mechanisms: SASLMechanism.forPasswords,
            password: .command("gpg --quiet --for-your-eyes-only -d ~/.pw.gpg")),
        Case(
            testDescription: "parents, the later one wins, and a template without a host",
            text:
                "account tls\ntls on\naccount login\nauth plain\nuser a\npassword x\naccount other : tls, login\nhost other.example.org\nuser b\naccount default : tls,login\nhost mail.example.org\n",
            tls: "starttls mail.example.org system", mechanisms: [.plain], password: .inline(Secret("x".utf8))
        ),
        Case(
            testDescription: "defaults in two places add up and hold only for what follows",
            text:
                "defaults\ntls on\ntls_trust_file ~/ca.pem\naccount first\nhost first.example.org\ndefaults\ntls off\naccount default\nhost mail.example.org\n"
        ),
        Case(
            testDescription: "a parent passes on what it sets itself, not the defaults of its time",
            text:
                "defaults\ntls on\naccount p\nhost mail.example.org\ndefaults\ntls off\naccount default : p\n"
        ),
        Case(
            testDescription: "tilde in a file name",
            text: "defaults\ntls on\ntls_trust_file ~/ca.pem\naccount default\nhost mail.example.org\n",
            tls: "starttls mail.example.org /home/mailer/ca.pem"),
        Case(
            testDescription: "self-signed relay in the LAN",
            text: "account default\nhost 10.0.0.2\ntls on\ntls_certcheck off\ntls_host_override mail.lan\n",
            endpoint: .tcp(host: "10.0.0.2", port: 25, source: nil), tls: "starttls mail.lan unchecked",
            warnings: [
                "4: warning: tls_certcheck: off: whoever answers is taken for the relay and is given the password"
            ]),
        Case(
            testDescription: "relay on this host with a password and no TLS",
            text: "account default\nhost 127.0.0.1\nport 2525\nauth plain\nuser u\npassword p\n",
            endpoint: .tcp(host: "127.0.0.1", port: 2525, source: nil), mechanisms: [.plain],
            password: .inline(Secret("p".utf8))),
        Case(
            testDescription: "Unix socket wins over host",
            text: "account default\nhost mail.example.org\nsocket /run/dovecot/lmtp\nprotocol lmtp\n",
            endpoint: .unixSocket(path: "/run/dovecot/lmtp")),
        Case(
            testDescription: "cron box: syslog, aliases, obsolete Bcc key",
            text:
                "defaults\nsyslog LOG_MAIL\naliases /etc/aliases\nkeepbcc off\naccount default\nhost mail.example.org\nfrom cron@example.org\n",
            warnings: [
                "2: warning: syslog: not supported: the daemon logs to the systemd journal (`journalctl -u smarthost`) or to its standard error; for msmtp's own line set logfile",
                "3: warning: aliases: not supported: mail to a bare name such as root is refused; write whole addresses, in a crontab with MAILTO=, or keep local mail in an account with `protocol maildir`",
                "4: warning: keepbcc: obsolete; write `remove_bcc_headers on`",
            ]),
        Case(
            testDescription: "STARTTLS on the port of implicit TLS",
            text: "account default\nhost mail.example.org\nport 465\ntls on\n",
            endpoint: .tcp(host: "mail.example.org", port: 465, source: nil),
            tls: "starttls mail.example.org system",
            warnings: [
                "3: warning: port: 465 is for TLS from the first byte; set `tls on` and `tls_starttls off`, or port 587"
            ]),
        Case(
            testDescription: "auth on without TLS keeps the password at home",
            text:
                "account default\nhost mail.example.org\nauth on\nuser u\npassword_file /run/secrets/smtp\n",
            mechanisms: SASLMechanism.inTheClear, password: .file(.file("/run/secrets/smtp")),
            warnings: [
                "3: warning: auth: without TLS only methods that keep the password to themselves are used, now scram-sha-256 and scram-sha-1; set `tls on`"
            ]),
        Case(
            testDescription: "byte order mark, quoted host, IPv6 source",
            text: "\u{FEFF}account \"default\"\nhost \"mail.example.org\"\nsource_ip 2001:db8::2\n",
            endpoint: .tcp(host: "mail.example.org", port: 25, source: "2001:db8::2")),
    ]

    @Test(arguments: cases) func loads(_ file: Case) throws {
        let configuration = try World.parse(file.text)
        #expect(configuration.warnings.map(\.description) == file.warnings.map { "/etc/msmtprc:\($0)" })
        let relay = try #require(configuration.relay)
        #expect(relay.endpoint == file.endpoint)
        #expect(Self.words(relay.tls) == file.tls)
        guard case .on(let credentials, let mechanisms) = relay.authentication else {
            #expect(file.mechanisms == [])
            return
        }
        #expect(mechanisms == file.mechanisms)
        #expect(credentials.password == file.password)
    }

    private static func words(_ policy: TLSPolicy) -> String {
        switch policy {
        case .off: "off"
        case .opportunistic(let parameters): "opportunistic \(parameters.name)"
        case .startTLS(let parameters): "starttls \(parameters.name) \(words(parameters.verification))"
        case .implicit(let parameters): "implicit \(parameters.name) \(words(parameters.verification))"
        }
    }

    private static func words(_ verification: ServerVerification) -> String {
        switch verification {
        case .none: "unchecked"
        case .fingerprint: "pinned"
        case .certificate(.system, _): "system"
        case .certificate(.file(let path), _): path
        }
    }
}
