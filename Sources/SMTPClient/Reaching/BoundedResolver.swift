// Name resolution with an end: what the system asks for a name (resolv.conf, LDAP, a cache that hangs) may not
// answer at all. The worker that waits for it is lost until it does; whoever wants to connect is not.
internal import LinuxIO

/// Looks names up on workers.
struct BoundedResolver {
    private let resolver: RelayConnector.Resolver
    private let workers: WorkerPool
    private let loop: EventLoop

    init(_ resolver: @escaping RelayConnector.Resolver, on workers: WorkerPool, loop: EventLoop) {
        self.resolver = resolver
        self.workers = workers
        self.loop = loop
    }

    /// A lookup that may come to its end after nobody waits for it any more.
    ///
    /// `@unchecked Sendable`: touched on the loop's thread only.
    private final class Lookup: @unchecked Sendable {
        let ended: Alarm
        var result: Result<[SocketAddress], ResolutionFailure>?

        init(on loop: EventLoop) { ended = Alarm(on: loop) }
    }

    /// Throws that there was no answer in time, too.
    func addresses(
        of host: String, port: UInt16, until deadline: Deadline
    ) async throws(ResolutionFailure) -> [SocketAddress] {
        let lookup = Lookup(on: loop)
        loop.spawn { [resolver, workers] in
            do throws(ResolutionFailure) {
                lookup.result = .success(
                    try await workers.run { () throws(ResolutionFailure) in try resolver(host, port) })
            } catch {
                lookup.result = .failure(error)
            }
            lookup.ended.ring()
        }
        await lookup.ended.sleep(until: deadline)
        guard let result = lookup.result else { throw .temporary("the name server did not answer in time") }
        return try result.get()
    }
}
