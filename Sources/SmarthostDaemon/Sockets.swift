// The submission sockets: those that systemd hands over, else the daemon's own. Throws StartFailure.
import LinuxIO
import MailLog
import SmarthostConfiguration
import Systemd

struct Sockets {
    let listeners: [LinuxIO.Listener]
    /// For the log.
    let names: [String]
    let areInherited: Bool
}

extension Daemon {
    /// With inherited sockets the `listen` lines are not acted on: systemd's unit says where to listen.
    static func sockets(
        _ daemon: DaemonSettings, _ loop: EventLoop, _ log: LogSink
    ) throws(StartFailure) -> Sockets {
        let inherited: [InheritedSocket]
        do throws(ServiceManagerError) { inherited = try ServiceManager.takeSockets() } catch {
            throw .system(error.description)
        }
        if inherited.isEmpty { return try ownSockets(daemon.listeners, loop) }
        if daemon.hasOwnListeners {
            let advice =
                "the socket unit says where to listen and who may connect (SocketGroup=, SocketMode=)"
            log(
                LogEvent(
                    .warning, "listen lines left alone: systemd hands sockets over", [("advice", advice)]))
        }
        let known = inherited.filter { $0.name == "submit" }
        for socket in inherited where socket.name != "submit" {
            log(
                LogEvent(
                    .warning, "inherited socket left alone: its FileDescriptorName is not submit",
                    [("name", socket.name)]))
        }
        guard !known.isEmpty else {
            throw .configuration(
                "no inherited socket is named submit; set FileDescriptorName=submit in the socket unit")
        }
        let listeners = try system { () throws(SystemError) in
            var listeners: [LinuxIO.Listener] = []
            for socket in known {
                listeners.append(try LinuxIO.Listener(inherited: socket.descriptor, on: loop))
            }
            return listeners
        }
        return Sockets(listeners: listeners, names: known.map { "inherited:\($0.name)" }, areInherited: true)
    }

    private static func ownSockets(
        _ settings: [SmarthostConfiguration.Listener], _ loop: EventLoop
    ) throws(StartFailure) -> Sockets {
        var listeners: [LinuxIO.Listener] = []
        for setting in settings { listeners.append(try listener(setting, loop)) }
        return Sockets(listeners: listeners, names: settings.map { "unix:\($0.path)" }, areInherited: false)
    }

    private static func listener(
        _ setting: SmarthostConfiguration.Listener, _ loop: EventLoop
    ) throws(StartFailure) -> LinuxIO.Listener {
        let user = try id(setting.user, "user", setting.path) { User(named: $0)?.id }
        let group = try id(setting.group, "group", setting.path) { groupID(named: $0) }
        do throws(SystemError) {
            if let folder = Files.parent(of: setting.path) { try makeFolder(folder) }
            return try LinuxIO.Listener(
                path: setting.path, user: user, group: group, mode: setting.mode, on: loop)
        } catch {
            throw .system("cannot listen on \(setting.path): \(advice(error))")
        }
    }

    /// Whatever the umask says: who may connect is for the socket's own mode to decide.
    private static func makeFolder(_ path: String) throws(SystemError) {
        if (try? FileMetadata(path: path)) != nil { return }
        try Files.makeDirectory(path, mode: 0o755)
        try Files.setMode(path, 0o755)
    }

    private static func id(
        _ name: String?, _ kind: String, _ path: String, _ find: (String) -> UInt32?
    ) throws(StartFailure) -> UInt32? {
        guard let name else { return nil }
        if let id = UInt32(name) ?? find(name) { return id }
        throw .configuration("listen submit unix:\(path): there is no \(kind) \(name) on this system")
    }

    private static func advice(_ error: SystemError) -> String {
        if error.isAddressInUse { return "another process answers there; stop it or configure another path" }
        if error.isExisting { return "there is something that is not a socket; move it away" }
        if error.isPermissionDenied {
            return "\(error); only root may give a socket to another user, and a group only to one it is in"
        }
        return error.description
    }
}
