// One `listen` line: whether the daemon could make its socket, and who answers there now.
internal import LinuxIO
internal import SmarthostConfiguration

struct SocketCheck {
    private let listener: SmarthostConfiguration.Listener
    private let context: ControlContext
    private let report: CheckReport
    private var place: String { "listen \(listener.service.rawValue) unix:\(listener.path)" }

    init(_ listener: SmarthostConfiguration.Listener, _ context: ControlContext, _ report: CheckReport) {
        self.listener = listener
        self.context = context
        self.report = report
    }

    func run() async {
        checkOwner()
        guard let address = SocketAddress(path: listener.path) else {
            return report.error(
                place, "the path is longer than the 107 bytes a socket's may have; shorten it")
        }
        do throws(IOFailure) {
            let socket = try await StreamSocket.connect(
                to: address, on: context.loop, until: .after(.seconds(10)))
            socket.close()
            report.good(place, "a daemon answers")
        } catch {
            explain(error)
        }
    }

    private func explain(_ failure: IOFailure) {
        let folder = Files.parent(of: listener.path) ?? "/"
        if let problem = PathCheck.problemMakingDirectory(folder, as: context.userName) {
            return report.error(place, "\(folder): \(problem)")
        }
        switch failure {
        case .system(let error) where error.isNotFound:
            report.good(place, "no daemon runs; it makes the socket when it starts")
        case .system(let error) where error.isConnectionRefused:
            if let metadata = try? FileMetadata(path: listener.path),
                metadata.isRegular || metadata.isDirectory
            {
                return report.error(place, "there is something that is not a socket; move it away")
            }
            report.good(place, "no daemon runs; it replaces the socket that an earlier one left")
        case .system(let error) where error.isPermissionDenied:
            report.warning(place, "\(context.userName) may not connect to it; see its owner, group and mode")
        default:
            report.warning(place, "who listens there does not answer: \(failure); look at the daemon's log")
        }
    }

    private func checkOwner() {
        let process = context.source.process
        let isRoot = process.userID == 0
        if let name = listener.user {
            switch UInt32(name) ?? User(named: name)?.id {
            case nil: report.error(place, "there is no user \(name) on this system; make it or name another")
            case let id? where !isRoot && id != process.userID:
                report.error(place, "only root may give the socket to \(name); leave out user=")
            default: break
            }
        }
        guard let name = listener.group else { return }
        let own = User(id: process.userID)?.groupIDs ?? [process.groupID]
        switch UInt32(name) ?? groupID(named: name) {
        case nil: report.error(place, "there is no group \(name) on this system; make it or name another")
        case let id? where !isRoot && !own.contains(id):
            report.error(place, "\(context.userName) is not in the group \(name): usermod -a -G \(name) USER")
        default: break
        }
    }
}
