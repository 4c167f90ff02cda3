// `auth` with everything that it can need: methods, users, secrets from many places, tokens.

import Testing

@testable import SmarthostConfiguration

struct AuthenticationTests {
    private static let head = "account default\nhost mail.example.org\n"

    private static func login(
        _ text: String, files: [String] = []
    ) throws -> (Credentials, [SASLMechanism], warnings: [String]) {
        let there = Dictionary(uniqueKeysWithValues: files.map { ($0, World.file("")) })
        let configuration = try World.parse(head + text, from: World.source(files: there))
        guard case .on(let credentials, let mechanisms) = configuration.relay?.authentication else {
            throw Missing()
        }
        return (credentials, mechanisms, configuration.warnings.map(\.description))
    }

    private struct Missing: Error {}

    @Test(arguments: SASLMechanism.allCases) func eachMethod(mechanism: SASLMechanism) throws {
        let (credentials, mechanisms, warnings) = try Self.login(
            "tls on\nauth \(mechanism.keyword)\nuser u\npassword p\nntlmdomain CORP\n")
        #expect(mechanisms == [mechanism])
        #expect(credentials.user == "u" && credentials.domain == "CORP")
        #expect(warnings == [])
    }

    @Test(arguments: ["external", "gssapi"]) func needsNeitherUserNorPassword(method: String) throws {
        let (credentials, _, _) = try Self.login("tls on\nauth \(method)\n")
        #expect(credentials == Credentials(user: "", password: .none))
    }

    @Test func withoutTLS() throws {
        let (_, mechanisms, _) = try Self.login("auth on\nuser u\npassword p\n")
        #expect(mechanisms == [.scramSHA256, .scramSHA1])
    }

    @Test(
        arguments: [
            ("password_file credential:smtp", .file(.credential("smtp"))),
            ("password_file env:SECRET", .file(.environment(variable: "SECRET"))),
            ("", .netrc(host: "mail.example.org", files: ["/home/mailer/.netrc", "/etc/netrc"])),
        ] as [(String, PasswordSource)])
    func sources(line: String, source: PasswordSource) throws {
        let (credentials, _, _) = try Self.login(
            "tls on\nauth on\nuser u\n\(line)\n", files: ["/home/mailer/.netrc", "/etc/netrc"])
        #expect(credentials.password == source)
    }

    // MARK: Tokens

    private static let client = "tls on\nuser u\noauth_client_id id\noauth_refresh_token_file /run/token\n"

    @Test(arguments: [
        ("on", SASLMechanism.forTokens), ("xoauth2", [.xoauth2]), ("oauthbearer", [.oauthBearer]),
    ])
    func gmail(method: String, expected: [SASLMechanism]) throws {
        let (credentials, mechanisms, warnings) = try Self.login(
            "auth \(method)\noauth_provider gmail\noauth_client_secret_file /run/client\n" + Self.client)
        #expect(mechanisms == expected && warnings == [])
        #expect(
            credentials.password
                == .token(
                    TokenSource(
                        endpoint: "https://oauth2.googleapis.com/token", clientID: "id",
                        clientSecret: .file("/run/client"), refreshToken: .file("/run/token"), scope: nil,
                        trustFile: nil)))
    }

    @Test func microsoftWithItsOwnTenant() throws {
        let endpoint = "https://login.microsoftonline.com/tenant/oauth2/v2.0/token"
        let (credentials, _, _) = try Self.login(
            "auth on\noauth_provider microsoft\noauth_token_endpoint \(endpoint)\noauth_trust_file /ca.pem\n"
                + Self.client)
        #expect(
            credentials.password
                == .token(
                    TokenSource(
                        endpoint: endpoint, clientID: "id", clientSecret: nil,
                        refreshToken: .file("/run/token"),
                        scope: "https://outlook.office.com/SMTP.Send offline_access", trustFile: "/ca.pem")))
    }

    @Test func theClientItself() throws {
        let (credentials, _, _) = try Self.login(
            "auth on\ntls on\nuser u\noauth_token_endpoint https://a/t\noauth_client_id id\n"
                + "oauth_client_secret_file credential:c\noauth_scope s\n")
        #expect(
            credentials.password
                == .token(
                    TokenSource(
                        endpoint: "https://a/t", clientID: "id", clientSecret: .credential("c"),
                        refreshToken: nil,
                        scope: "s", trustFile: nil)))
    }

    @Test(arguments: [
        (
            "auth on\n" + client,
            "6: oauth_token_endpoint: is missing; set it, or `oauth_provider gmail` or `microsoft`"
        ),
        (
            "auth on\ntls on\nuser u\noauth_provider gmail\noauth_refresh_token_file /t\n",
            "6: oauth_client_id: is missing; set the id that the provider gave when the application was registered there"
        ),
        (
            "auth on\ntls on\nuser u\noauth_provider gmail\noauth_client_id id\n",
            "6: oauth_refresh_token_file: is missing; set it, or oauth_client_secret_file alone where the application itself may send"
        ),
        (
            "auth plain\noauth_provider gmail\n" + client,
            "3: auth: sends no access token; set `auth on`, xoauth2 or oauthbearer"
        ),
        (
            "auth on\nuser u\noauth_provider gmail\noauth_client_id id\noauth_refresh_token_file /t\n",
            "3: auth: would send the access token in clear; set `tls on`"
        ),
        (
            "auth xoauth2\nuser u\npassword p\n",
            "3: auth: xoauth2 would send the password in clear; set `tls on`"
        ),
        (
            "auth scram-sha-256-plus\nuser u\npassword p\n",
            "3: auth: scram-sha-256-plus is bound to the TLS session; set `tls on`, or `auth scram-sha-256`"
        ),
        (
            "auth xoauth2\ntls on\nuser u\n",
            "3: auth: needs a password; set password_file, passwordeval or password, or the keys oauth_client_id and so on to have tokens renewed (there is no .netrc, and key rings are not read)"
        ),
    ])
    func errors(text: String, expected: String) {
        #expect(World.errors(Self.head + text) == ["/etc/msmtprc:\(expected)"])
    }

    @Test(arguments: [
        (
            "password p",
            "password: not used: access tokens are asked for, as the keys oauth_… say (/etc/msmtprc:4)"
        ),
        (
            "oauth_refresh_token_file credential:t",
            "oauth_refresh_token_file: a credential cannot be written: where the provider gives a new refresh token it is lost when the daemon ends; better name a file below the state directory"
        ),
    ])
    func warnings(line: String, expected: String) throws {
        let (_, _, warnings) = try Self.login("auth on\noauth_provider gmail\n" + Self.client + line + "\n")
        #expect(warnings == ["/etc/msmtprc:9: warning: \(expected)"])
    }
}

struct NetrcTests {
    @Test(arguments: [
        ("machine h login u password p", "p"), ("machine h\n\tlogin u\n\tpassword p\n", "p"),
        ("machine H user u passwd \"p q\"", "p q"), ("machine h login u password p#q", "p#q"),
        ("# machine h login u password x\nmachine h login u password p", "p"),
        ("machine a login u password x machine h login v password y machine h login u password p", "p"),
        ("machine h login u password p machine h login u password x", "p"),
        ("macdef m\nmachine h login u password x\n\nmachine h login u password p", "p"),
        ("machine h account a login u password p", "p"), ("machine h login u password 'a\"b'c", "a\"bc"),
        ("machine h\r\nlogin u\r\npassword p\r\n", "p"), ("machine h password p login u", "p"),
    ])
    func finds(text: String, password: String) {
        #expect(Netrc.password(in: Array(text.utf8), host: "h", user: "u") == Secret(password.utf8))
    }

    @Test(arguments: [
        "", "machine", "machine h", "machine h login u", "machine h password p", "default login u password p",
        "machine h login u password", "machine h login v password p", "machine g login u password p",
        "login u password p", "machine h login U password p", "macdef m\nmachine h login u password p",
        "machine h login u default password p", "machine \"h login u password p\n",
    ])
    func findsNothing(text: String) {
        #expect(Netrc.password(in: Array(text.utf8), host: "h", user: "u") == nil)
    }
}
