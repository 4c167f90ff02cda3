// One account's files: what the daemon would only find out about with the first mail.
internal import Delivery
internal import LinuxIO
internal import MailCore
internal import ProgramEnvironment
internal import SMTPClient
internal import SmarthostConfiguration
internal import TLS

struct AccountCheck {
    private let account: Account
    private let context: ControlContext
    private let report: CheckReport
    private var place: String { "account \(account.name)" }

    init(_ account: Account, _ context: ControlContext, _ report: CheckReport) {
        self.account = account
        self.context = context
        self.report = report
    }

    func run() async {
        switch account.route {
        case .maildir(let path): check(maildir: path)
        case .relay(let relay): await check(relay)
        }
        if case .file(let path) = account.log?.destination { check(log: path) }
    }

    private func check(maildir path: String) {
        if let problem = PathCheck.problemMakingDirectory(path, as: context.userName) {
            report.error("\(place): the Maildir \(path)", problem)
        } else {
            report.good(place, "mail is kept in the Maildir \(path)")
        }
    }

    private func check(_ relay: Relay) async {
        do throws(DeliveryFailure) {
            let route = try SMTPClient.Route(relay, account: account.name)
            switch route.security {
            case .plain: break
            case .opportunistic(let settings, _), .startTLS(let settings, _), .implicit(let settings, _):
                check(settings)
            }
        } catch {
            report.error(error.text)
        }
        if case .on(let credentials, _) = relay.authentication { await check(credentials) }
    }

    private func check(_ settings: TLSSettings) {
        do throws(TLSFailure) { _ = try TLSContext(settings, readFile: readSystemIdentityFile) } catch {
            return report.error(place, error.description)
        }
        guard case .authority(.system, _) = settings.verification, !hasSystemStore else { return }
        report.error(
            place,
            "this system has no trusted certificates (\(SystemStore.locations.directory)), so no relay is believed; "
                + "install the package ca-certificates, or set tls_trust_file")
    }

    private var hasSystemStore: Bool {
        let locations = SystemStore.locations
        let file = context.source.environment(locations.fileVariable) ?? locations.file
        if (try? FileMetadata(path: file)) != nil { return true }
        let directories = context.source.environment(locations.directoryVariable) ?? locations.directory
        return directories.split(separator: ":").contains { directory in
            (try? Files.names(in: String(directory)))?.isEmpty == false
        }
    }

    /// A command is not run: it may ask for a finger on a key. Nor is a token asked for: `--connect` does that.
    private func check(_ credentials: Credentials) async {
        switch credentials.password {
        case .none, .inline, .command: return
        case .file(let source):
            await check(credentials, "password_file", good: "the password is in \(source)")
        case .netrc(_, let files):
            await check(
                credentials, "password", good: "the password is in \(files.joined(separator: " or "))")
        case .token(let source):
            let files = [
                ("oauth_client_secret_file", source.clientSecret),
                ("oauth_refresh_token_file", source.refreshToken),
            ]
            for case (let key, let file?) in files {
                do throws(PasswordProblem) { _ = try Passwords.systemFileReader(file) } catch {
                    report.error("\(place): \(key)", error.description)
                    continue
                }
                report.good(place, "\(key) is \(file)")
            }
        }
    }

    private func check(_ credentials: Credentials, _ key: String, good: String) async {
        let passwords = Passwords(workers: context.workers, readFile: Passwords.systemFileReader)
        do throws(PasswordProblem) { _ = try await passwords.password(for: credentials) } catch {
            return report.error("\(place): \(key)", error.description)
        }
        report.good(place, good)
    }

    private func check(log path: String) {
        if let problem = PathCheck.problemAppending(to: path, as: context.userName) {
            report.error("\(place): logfile \(path)", problem)
        } else {
            report.good(place, "the logfile \(path) can be written")
        }
    }
}
