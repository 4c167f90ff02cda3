// The service manager's side of a daemon: sockets handed over (sd_listen_fds), state told (sd_notify).
// Without systemd there are no sockets and telling does nothing.
internal import CSystemd

/// A listening socket that systemd opened, with its FileDescriptorName.
public struct InheritedSocket: Hashable, Sendable {
    public let name: String
    /// The descriptor; the one who takes it answers for closing it.
    public let descriptor: Int32
}

/// What systemd hands over and wants to know.
public enum ServiceManager {
    /// Takes the inherited sockets; a second call gives none. Throws the errno of sd_listen_fds.
    public static func takeSockets() throws(ServiceManagerError) -> [InheritedSocket] {
        var names: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
        let count = sd_listen_fds_with_names(1, &names)
        guard count >= 0 else { throw ServiceManagerError(call: "sd_listen_fds", number: -count) }
        defer {
            for index in 0..<Int(count) { free(names?[index]) }
            free(names)
        }
        return (0..<Int(count)).map { index in
            let name = names?[index].map { String(cString: $0) }
            return InheritedSocket(name: name ?? "", descriptor: SD_LISTEN_FDS_START + Int32(index))
        }
    }

    /// Tells the manager, where there is one: `READY=1`, `STATUS=…`, `STOPPING=1` (sd_notify(3)).
    public static func notify(_ state: String) { sd_notify(0, state) }

    /// How often `WATCHDOG=1` is wanted: half the time the unit allows; nil where it asks for none.
    public static var watchdogInterval: Duration? {
        var microseconds: UInt64 = 0
        guard sd_watchdog_enabled(0, &microseconds) > 0 else { return nil }
        return .microseconds(Int64(clamping: microseconds / 2))
    }
}

/// A failed call of libsystemd.
public struct ServiceManagerError: Error, Hashable, Sendable, CustomStringConvertible {
    public let call: String
    /// The errno value.
    public let number: Int32

    public var description: String { "\(call): error \(number)" }
}
