// How an account stands, for whoever asks the daemon: sessions, messages, and what it waits for.
internal import MailCore
internal import SMTPClient
internal import SmarthostConfiguration

struct AccountReport {
    private let account: Account
    private let gate: AccountGate
    private let courier: Courier
    private let now: Int64

    init(_ account: Account, _ gate: AccountGate, _ courier: Courier, at now: Int64) {
        self.account = account
        self.gate = gate
        self.courier = courier
        self.now = now
    }

    /// `account NAME: …` and below it, indented, a line for each host and for each thing that is waited for.
    func text(_ format: (Int64) -> String) -> String {
        let lines = [hold(format), pace, rate(format)].compactMap(\.self) + hosts(format)
        return "account \(account.name): \(gate.sent) sent\n" + lines.map { "  \($0)\n" }.joined()
    }

    private func hold(_ format: (Int64) -> String) -> String? {
        guard let (until, reason) = gate.held(at: now) else { return nil }
        let end = until.map { "until \(format($0))" } ?? "while one message finds out"
        return "held \(end): \(reason.text)"
    }

    private var pace: String? {
        let pace = gate.pace
        return pace.isReduced
            ? "slowed down to \(pace.limit) at a time instead of \(pace.most): the relay asked for it" : nil
    }

    private func rate(_ format: (Int64) -> String) -> String? {
        guard let rate = gate.rate else { return nil }
        let next = rate.opening(after: now).map { ", the next at \(format($0))" } ?? ""
        return "rate_limit \(rate.limit): \(rate.count(at: now)) used\(next)"
    }

    private func hosts(_ format: (Int64) -> String) -> [String] {
        let connections = courier.configuration.daemon.maximumConnections
        guard case .relay(let relay) = account.route,
            let hosts = try? Hosts(relay, of: account, connections: connections)
        else { return [] }
        return hosts.routes.map { route in
            let (inUse, idle) = courier.pool.sessions(of: route)
            let sessions = "\(inUse + idle) open, \(idle) of them idle"
            guard let (remaining, reason) = courier.pool.isLeftAlone(route) else {
                return "\(route.endpoint): \(sessions)"
            }
            let end = format(now + remaining.components.seconds * 1000)
            return "\(route.endpoint): \(sessions); left alone until \(end): \(reason.text)"
        }
    }
}

extension Configuration {
    /// What the account may have; `places` where it does not say how many connections.
    func allowance(of name: String, places: Int) -> AccountAllowance {
        let limits = account(named: name)?.limits
        let own = limits?.connections
        return AccountAllowance(
            account: name, places: own.map { $0 * 2 } ?? places,
            connections: own ?? daemon.maximumConnections,
            rate: limits?.rate)
    }
}
