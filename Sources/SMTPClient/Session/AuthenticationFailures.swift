// Failures of AUTH in words: what the relay offers, what it said, which key of the account to look at.
internal import MailCore

extension RelayFailures {
    func authenticationNotOffered(_ login: Login) -> DeliveryFailure {
        let hint =
            !route.security.protects ? "set tls on, or auth off" : "set auth off, or check host and port"
        return relay(
            .authentication, "\(place) offers no authentication for account \(login.account); \(hint)")
    }

    func noMechanism(_ login: Login, offered: [String]) -> DeliveryFailure {
        let names = offered.joined(separator: " ")
        let hint =
            !route.security.protects && !route.endpoint.isLocal
            ? "set tls on, or name the mechanism with auth" : "set auth to one of them"
        return relay(
            .authentication,
            "\(place) offers no authentication that may be chosen here for account \(login.account) (it has "
                + "\(names)); \(hint)")
    }

    func mechanismNotOffered(_ mechanism: String, _ login: Login, offered: [String]) -> DeliveryFailure {
        relay(
            .authentication,
            "\(place) does not offer the mechanism \(mechanism) of account \(login.account), but "
                + "\(offered.joined(separator: " ")); set auth to one of these, or to on")
    }

    /// RFC 4954 6: 535 is wrong credentials, 454 and other 4xx a server that cannot tell now. `complaint` is
    /// what OAUTHBEARER and XOAUTH2 say before the reply.
    func loginRefused(
        _ reply: Reply, _ login: Login, by mechanism: String, complaint: String?
    ) -> DeliveryFailure {
        let said = complaint.map { "\(reply) (\($0))" } ?? "\(reply)"
        let text =
            switch reply.code {
            case 400..<500: "\(place) cannot log in \(login) now: \(said)"
            case 534: "\(place) wants another mechanism for \(login): \(said); set auth"
            case 538: "\(place) wants TLS before it logs in \(login): \(said); set tls on"
            default:
                "\(place) refused \(login): \(said); check \(Self.checked(mechanism)) of account \(login.account)"
            }
        return relay(.authentication, reply: reply, text)
    }

    /// What of an account the mechanism proves itself with.
    private static func checked(_ mechanism: String) -> String {
        switch mechanism {
        case "XOAUTH2", "OAUTHBEARER": "user and access token"
        case "EXTERNAL": "tls_cert_file"
        case "GSSAPI": "the Kerberos ticket"
        // What ends TLS before the relay does makes the binding fail as a wrong password does.
        case _ where mechanism.hasSuffix("-PLUS"):
            "user and password, or try `auth \(mechanism.dropLast(5).lowercased())`, which is not bound to TLS,"
        default: "user and password"
        }
    }

    func loginFailed(_ reason: String, _ login: Login) -> DeliveryFailure {
        relay(.authentication, "\(place): logging in \(login) failed: \(reason)")
    }
}
