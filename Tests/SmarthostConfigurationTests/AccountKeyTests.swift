// Every key of an account: an argument that is taken, as the rendered view shows it, and one that is not.

import Testing

@testable import SmarthostConfiguration

struct AccountKeyTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let key: AccountKey
        let good: String
        let bad: String
        let complaint: String
        /// What the good argument is warned about.
        var warning: String?
        var testDescription: String { key.rawValue }
    }

    static let onOff = "allowed: on, off"
    static let url = "allowed: a URL such as https://example.org/token"
    static let secretFile =
        "allowed: an absolute path, one that begins with ~/, credential:NAME, or env:VARIABLE"
    static let hosts = "host names or addresses with blanks between them, each with :PORT if need be"
    static let rates = "allowed: off, or messages a second, minute, hour or day: 10/s, 30/m, 500/h, 10000/d"
    static let phases =
        "allowed: PHASE=DURATION with blanks between them, PHASE one of connect, greeting, command, tls, auth, mail, "
        + "rcpt, data, content, end_of_data"
    static let path = "allowed: an absolute path, or one that begins with ~/"

    static let digits =
        "allowed: SHA-256 or SHA-1 as pairs of hexadecimal digits, with colons between them or without"
    static let sha256 = Array(repeating: "A1", count: 32).joined(separator: ":")

    static let rows: [Row] = [
        Row(
            key: .dkimDomain, good: "off", bad: "a b",
            complaint: "\"a b\" is not allowed; allowed: auto, off, * or the domain of a dkim section"),
        Row(
            key: .dkimSkipFields, good: "Date, Message-ID", bad: "Date:",
            complaint: "\"Date:\" is not allowed; allowed: names of header fields with commas between them"),
        Row(
            key: .host, good: "mail.example.org", bad: "",
            complaint: "needs an argument: \(hosts)"),
        Row(
            key: .host, good: "192.0.2.1:587", bad: "smtp.gmail.com:65536",
            complaint: "\"smtp.gmail.com:65536\" is not allowed; allowed: \(hosts)"),
        Row(
            key: .host, good: "smtp1.example.org smtp2.example.org:2525 [2001:db8::1]:587",
            bad: "a:587, b, a:587", complaint: "\"a:587\" is named twice; give each host once"),
        Row(
            key: .host, good: "2001:db8::1", bad: "smtps://mail.example.org",
            complaint: "\"smtps://mail.example.org\" is a URL; allowed: \(hosts)"),
        Row(
            key: .host, good: "[::1]", bad: "mail.example.org # the relay",
            complaint: "\"mail.example.org # the relay\" is not allowed; allowed: \(hosts) "
                + "(a comment needs a line of its own)"),
        Row(
            key: .port, good: "587", bad: "65536",
            complaint: "\"65536\" is not allowed; allowed: a number from 1 to 65535"),
        Row(
            key: .port, good: "25", bad: "0",
            complaint: "\"0\" is not allowed; allowed: a number from 1 to 65535"),
        Row(
            key: .port, good: "2525", bad: "smtp",
            complaint: "\"smtp\" is not allowed; allowed: a number from 1 to 65535"),
        Row(
            key: .sourceIP, good: "192.0.2.7", bad: "eth0",
            complaint: "\"eth0\" is not allowed; allowed: an IPv4 or IPv6 address"),
        Row(
            key: .sourceIP, good: "2001:db8:0:1::25", bad: "192.0.2.256",
            complaint: "\"192.0.2.256\" is not allowed; allowed: an IPv4 or IPv6 address"),
        Row(
            key: .proxyHost, good: "", bad: "127.0.0.1 127.0.0.2",
            complaint: "\"127.0.0.1 127.0.0.2\" is not allowed; allowed: one host name or address"),
        Row(
            key: .proxyHost, good: "127.0.0.1", bad: "localhost:9050",
            complaint: "\"localhost:9050\" has a port in it: 9050; allowed: one host name or address"),
        Row(
            key: .proxyPort, good: "9050", bad: "socks",
            complaint: "\"socks\" is not allowed; allowed: a number from 1 to 65535",
            warning: "has no effect without proxy_host"),
        Row(
            key: .hostOrder, good: "balanced", bad: "random",
            complaint: "\"random\" is not allowed; allowed: ordered, balanced"),
        Row(
            key: .maxConnections, good: "2", bad: "0",
            complaint: "\"0\" is not allowed; allowed: a number from 1 to 1000"),
        Row(
            key: .maxMessagesPerConnection, good: "20", bad: "off",
            complaint: "\"off\" is not allowed; allowed: a number from 1 to 100000"),
        Row(
            key: .connectionIdleTime, good: "5m", bad: "soon",
            complaint: "\"soon\" is not allowed; allowed: off or a duration such as 90, 30s, 5m, 2h"),
        Row(
            key: .rateLimit, good: "30/m", bad: "30 a minute",
            complaint: "\"30 a minute\" is not allowed; \(rates)"),
        Row(key: .rateLimit, good: "off", bad: "0/s", complaint: "\"0/s\" is not allowed; \(rates)"),
        Row(key: .rateLimit, good: "10000/d", bad: "5/", complaint: "\"5/\" is not allowed; \(rates)"),
        Row(
            key: .socket, good: "/run/relay.sock", bad: "relay.sock",
            complaint: "\"relay.sock\" is not allowed; \(path)"),
        Row(
            key: .phaseTimeouts, good: "connect=30s end_of_data=20m", bad: "dns=5",
            complaint: "\"dns=5\" is not allowed; \(phases)"),
        Row(
            key: .phaseTimeouts, good: "rcpt=90", bad: "rcpt=90 rcpt=91",
            complaint: "\"rcpt=90 rcpt=91\" is not allowed; \(phases)"),
        Row(
            key: .timeout, good: "off", bad: "0",
            complaint: "\"0\" is not allowed; allowed: off or a number of seconds, at least 1"),
        Row(
            key: .timeout, good: "30", bad: "30s",
            complaint: "\"30s\" is not allowed; allowed: off or a number of seconds, at least 1"),
        Row(
            key: .mailProtocol, good: "smtp", bad: "esmtp",
            complaint: "\"esmtp\" is not allowed; allowed: smtp, lmtp, maildir"),
        Row(
            key: .maildir, good: "~/Maildir", bad: "Maildir", complaint: "\"Maildir\" is not allowed; \(path)"
        ),
        Row(
            key: .domain, good: "%H.example.org", bad: "two words",
            complaint:
                "\"two words\" is not allowed; allowed: one domain name, in which %H, %C and %M are replaced"),
        Row(
            key: .auth, good: "off", bad: "PLAIN",
            complaint:
                "\"PLAIN\" is not allowed; allowed: on, off, scram-sha-256-plus, scram-sha-1-plus, scram-sha-256, "
                + "scram-sha-1, plain, cram-md5, digest-md5, login, ntlm, oauthbearer, xoauth2, external, gssapi"
        ),
        Row(
            key: .oauthProvider, good: "gmail", bad: "yahoo",
            complaint: "\"yahoo\" is not allowed; allowed: gmail, microsoft"),
        Row(
            key: .oauthTokenEndpoint, good: "https://[::1]:8443/token?a=b", bad: "http://example.org/token",
            complaint: "\"http://example.org/token\" is not allowed; \(url)"),
        Row(
            key: .oauthTokenEndpoint, good: "https://example.org", bad: "https://user@example.org/",
            complaint: "\"https://user@example.org/\" is not allowed; \(url)"),
        Row(
            key: .oauthTokenEndpoint, good: "", bad: "https:///token",
            complaint: "\"https:///token\" is not allowed; \(url)"),
        Row(
            key: .oauthClientSecretFile, good: "credential:client", bad: "credential:a/b",
            complaint:
                "\"credential:a/b\" names no credential; allowed: credential: and a name without / and :"),
        Row(
            key: .oauthRefreshTokenFile, good: "/var/lib/smarthost/token", bad: "token",
            complaint: "\"token\" is not allowed; \(secretFile)"),
        Row(
            key: .oauthTrustFile, good: "/etc/ssl/own.pem", bad: "own.pem",
            complaint: "\"own.pem\" is not allowed; \(path)"),
        Row(key: .tls, good: "off", bad: "yes", complaint: "\"yes\" is not allowed; \(onOff), opportunistic"),
        Row(
            key: .tls, good: "opportunistic", bad: "ON",
            complaint: "\"ON\" is not allowed; \(onOff), opportunistic"),
        Row(key: .tlsStartTLS, good: "on", bad: "auto", complaint: "\"auto\" is not allowed; \(onOff)"),
        Row(
            key: .tlsTrustFile, good: "/etc/ssl/certs/ca-certificates.crt", bad: "ca.crt",
            complaint:
                "\"ca.crt\" is not allowed; allowed: system, an absolute path, or one that begins with ~/"),
        Row(
            key: .tlsCRLFile, good: "/etc/ssl/crl.pem", bad: "crl.pem",
            complaint: "\"crl.pem\" is not allowed; \(path)"),
        Row(
            key: .tlsFingerprint, good: sha256, bad: "01:23", complaint: "\"01:23\" is not allowed; \(digits)"
        ),
        Row(
            key: .tlsFingerprint, good: "00112233445566778899aabbccddeeff00112233", bad: "00112:2",
            complaint: "\"00112:2\" is not allowed; \(digits)"),
        Row(
            key: .tlsFingerprint, good: "", bad: "00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF",
            complaint:
                "MD5 can be forged by anybody; write the SHA-256 fingerprint, as `openssl x509 -noout -fingerprint "
                + "-sha256` shows it"),
        Row(
            key: .tlsKeyFile, good: "/etc/ssl/key.pem", bad: "key.pem",
            complaint: "\"key.pem\" is not allowed; \(path)"),
        Row(
            key: .tlsCertFile, good: "~/cert.pem", bad: "cert.pem",
            complaint: "\"cert.pem\" is not allowed; \(path)"),
        Row(key: .tlsCertCheck, good: "on", bad: "no", complaint: "\"no\" is not allowed; \(onOff)"),
        Row(
            key: .tlsHostOverride, good: "mail.example.net", bad: "mail example",
            complaint: "\"mail example\" is not allowed; allowed: one host name or address"),
        Row(
            key: .tlsMinDHPrimeBits, good: "2048", bad: "many",
            complaint: "\"many\" is not allowed; allowed: a number from 1 to 65536"),
        Row(
            key: .from, good: "user@example.org", bad: "Joe <joe@example.org>",
            complaint:
                "\"Joe <joe@example.org>\" is not allowed; allowed: one address such as user@example.org, or a pattern with * ? or ["
        ),
        Row(
            key: .from, good: "*@example.org", bad: "joe@",
            complaint:
                "\"joe@\" is not allowed; allowed: one address such as user@example.org, or a pattern with * ? or ["
        ),
        Row(
            key: .allowFromOverride, good: "off", bad: "never",
            complaint: "\"never\" is not allowed; \(onOff)"),
        Row(
            key: .dsnNotify, good: "failure,delay", bad: "failure, delay",
            complaint:
                "\"failure, delay\" is not allowed; allowed: off, never, or a list of failure, delay and success with commas between them"
        ),
        Row(
            key: .dsnReturn, good: "headers", bad: "hdrs",
            complaint: "\"hdrs\" is not allowed; allowed: off, headers, full"),
        Row(
            key: .setFromHeader, good: "on", bad: "always",
            complaint: "\"always\" is not allowed; allowed: auto, on, off"),
        Row(
            key: .setDateHeader, good: "off", bad: "on",
            complaint: "\"on\" is not allowed; allowed: auto, off"),
        Row(
            key: .setMsgidHeader, good: "auto", bad: "on",
            complaint: "\"on\" is not allowed; allowed: auto, off"),
        Row(
            key: .setToHeader, good: "undisclosed_recipients", bad: "auto",
            complaint: "\"auto\" is not allowed; allowed: on, off, undisclosed_recipients"),
        Row(key: .removeBccHeaders, good: "off", bad: "keep", complaint: "\"keep\" is not allowed; \(onOff)"),
        Row(
            key: .logfile, good: "-", bad: "msmtp.log",
            complaint:
                "\"msmtp.log\" is not allowed; allowed: -, an absolute path, or one that begins with ~/"),
        Row(
            key: .syslog, good: "LOG_MAIL", bad: "LOG_LOCAL8",
            complaint:
                "\"LOG_LOCAL8\" is not allowed; allowed: on, off, LOG_MAIL, LOG_USER, LOG_LOCAL0 to LOG_LOCAL7",
            warning:
                "not supported: the daemon logs to the systemd journal (`journalctl -u smarthost`) or to its standard error; for msmtp's own line set logfile"
        ),
        Row(
            key: .aliases, good: "/etc/aliases", bad: "aliases",
            complaint: "\"aliases\" is not allowed; \(path)",
            warning:
                "not supported: mail to a bare name such as root is refused; write whole addresses, in a crontab with MAILTO=, or keep local mail in an account with `protocol maildir`"
        ),
        Row(
            key: .passwordFile, good: "", bad: "secret.txt",
            complaint: "\"secret.txt\" is not allowed; \(secretFile)"),
        Row(
            key: .passwordFile, good: "/run/secrets/smtp", bad: "./secret.txt",
            complaint: "\"./secret.txt\" is not allowed; \(secretFile)"),
    ]

    /// Keys whose argument may be any text, empty too: there is no bad one.
    static let anyText: [AccountKey] = [
        .user, .password, .passwordEval, .ntlmDomain, .oauthClientID, .oauthScope, .fromFullName,
        .logfileTimeFormat, .tlsPriorities,
        .tlsForceSSLv3,
    ]

    @Test(arguments: rows) func takesTheGood(_ row: Row) throws {
        let configuration = try World.parse(
            "account default\nhost relay.example.org\n\(row.key.rawValue) \(row.good)\n\(mate(row))")
        let shown = configuration.rendered[1].settings.filter { $0.key == row.key.rawValue }
        #expect(
            shown == [
                RenderedSetting(
                    key: row.key.rawValue, value: row.good, origin: .line(file: World.path, number: 3))
            ])
        let warnings = configuration.warnings.map(\.description)
        #expect(
            warnings == (row.warning.map { ["/etc/msmtprc:3: warning: \(row.key.rawValue): \($0)"] } ?? []))
    }

    /// What a key cannot stand without.
    private func mate(_ row: Row) -> String { row.key == .maildir ? "protocol maildir" : "" }

    @Test(arguments: rows) func refusesTheBad(_ row: Row) {
        let errors = World.errors(
            "account default\nhost relay.example.org\n\(row.key.rawValue) \(row.bad)\n\(mate(row))")
        #expect(errors.first == "/etc/msmtprc:3: \(row.key.rawValue): \(row.complaint)")
    }

    @Test(arguments: [
        (AccountKey.tlsForceSSLv3, "on", "obsolete and without effect: TLS 1.2 or later is always used"),
        (.tlsForceSSLv3, "", "obsolete and without effect: TLS 1.2 or later is always used"),
        (.user, "joe", "not used: auth is off, so mail is sent without a password"),
    ])
    func warnsOfText(_ key: AccountKey, _ argument: String, _ warning: String) throws {
        let warnings = try World.warnings(
            "account default\nhost relay.example.org\n\(key.rawValue) \(argument)\n")
        #expect(warnings == ["/etc/msmtprc:3: warning: \(key.rawValue): \(warning)"])
    }

    @Test func takesTextAsItIs() throws {
        let configuration = try World.parse(
            "host h\nfrom_full_name \"Joe \"J\" Smith \"\nlogfile -\nlogfile_time_format %s # not a comment\n"
        )
        let account = try #require(configuration.defaultAccount)
        #expect(account.sender.fullName == "Joe \"J\" Smith ")
        #expect(account.log == AccountLog(destination: .standardOutput, timeFormat: "%s # not a comment"))
    }

    @Test(arguments: [
        ("connect_timeout 20", "timeout 20"), ("connect_timeout off", "timeout off"),
        ("add_missing_from_header", "set_from_header auto"),
        ("add_missing_from_header off", "set_from_header off"),
        ("add_missing_date_header on", "set_date_header auto"),
        ("add_missing_date_header off", "set_date_header off"),
        ("keepbcc", "remove_bcc_headers off"), ("keepbcc off", "remove_bcc_headers on"),
        ("undisclosed_recipients off", "set_to_header off"),
        ("undisclosed_recipients", "set_to_header undisclosed_recipients"),
        ("tls_nocertcheck", "tls_certcheck off"), ("tls_nostarttls", "tls_starttls off"),
    ])
    func translatesTheObsolete(_ old: String, _ new: String) throws {
        let configuration = try World.parse("host h\n\(old)\n")
        let key = old.prefix { $0 != " " }
        #expect(
            configuration.warnings.map(\.description) == [
                "/etc/msmtprc:2: warning: \(key): obsolete; write `\(new)`"
            ])
        let words = new.split(separator: " ").map(String.init)
        let setting = RenderedSetting(
            key: words[0], value: words[1], origin: .line(file: World.path, number: 2))
        #expect(configuration.rendered[1].settings.contains(setting))
    }

    @Test(arguments: [
        (
            "undisclosed_recipients maybe",
            "undisclosed_recipients: \"maybe\" is not allowed; allowed: on, off"
        ),
        ("keepbcc never", "keepbcc: \"never\" is not allowed; allowed: on, off"),
        (
            "connect_timeout soon",
            "connect_timeout: \"soon\" is not allowed; allowed: off or a number of seconds, at least 1"
        ),
        (
            "add_missing_from_header auto",
            "add_missing_from_header: \"auto\" is not allowed; allowed: on, off"
        ),
        (
            "add_missing_date_header auto",
            "add_missing_date_header: \"auto\" is not allowed; allowed: on, off"
        ),
        ("auto_from always", "auto_from: \"always\" is not allowed; allowed: on, off"),
        (
            "maildomain a b",
            "maildomain: \"a b\" is not allowed; allowed: one domain name, in which %H, %C and %M are replaced"
        ),
        ("tls_nocertcheck on", "tls_nocertcheck: takes no argument; remove \"on\""),
        ("tls_nostarttls on", "tls_nostarttls: takes no argument; remove \"on\""),
    ])
    func refusesTheObsoleteWithBadArgument(_ line: String, _ complaint: String) {
        #expect(World.errors("host h\n\(line)\n").first == "/etc/msmtprc:2: \(complaint)")
    }

    @Test func everyKeyIsInOneOfTheseTables() {
        let obsolete = AccountKey.allCases.filter(\.isObsolete)
        let tested = Set(Self.rows.map(\.key)).union(Self.anyText).union(obsolete)
        #expect(Set(AccountKey.allCases).subtracting(tested) == [])
    }

    @Test func autoFromMakesTheSenderOfTheUser() throws {
        let account = try #require(
            try World.parse("host h\nauto_from on\nmaildomain example.org\nfrom x@y\n").defaultAccount)
        #expect(
            account.sender.address?.reversePath(author: nil, user: "joe")?.description == "joe@example.org")
    }
}
