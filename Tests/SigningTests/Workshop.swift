// A rotator of the test's own: a disk in memory that can fail, a DNS of a dictionary, a clock that is set.
import DKIMCore
import Glibc
import LinuxIO
import MailLog
import SmarthostConfiguration
import Synchronization
import TestSupport

@testable import Signing

/// Files in memory.
final class Disk: Sendable {
    private let state = Mutex<(files: [String: [UInt8]], fault: (ending: String, number: Int32)?)>(([:], nil))

    var files: [String: [UInt8]] {
        get { state.withLock { $0.files } }
        set { state.withLock { $0.files = newValue } }
    }

    /// The names, sorted.
    var names: [String] { files.keys.map { String($0.dropFirst("/state/".count)) }.sorted() }

    /// From now on whatever touches a file whose name ends so fails; nil: nothing does.
    func fail(_ ending: String?, _ number: Int32 = ENOSPC) {
        state.withLock { $0.fault = ending.map { ($0, number) } }
    }

    private func check(_ path: String) throws(SystemError) {
        let fault = state.withLock { $0.fault }
        if let fault, path.hasSuffix(fault.ending) { throw SystemError("use \(path)", number: fault.number) }
    }

    var store: KeyStore {
        KeyStore(
            folder: "/state",
            files: KeyFiles(
                read: { [self] path throws(SystemError) in
                    try check(path)
                    guard let bytes = files[path] else { throw SystemError("open \(path)", number: ENOENT) }
                    return bytes
                },
                replace: { [self] path, bytes throws(SystemError) in
                    try check(path)
                    files[path] = bytes.withUnsafeBytes { Array($0) }
                },
                create: { [self] path, bytes throws(SystemError) in
                    try check(path)
                    guard files[path] == nil else { throw SystemError("open \(path)", number: EEXIST) }
                    files[path] = bytes.withUnsafeBytes { Array($0) }
                },
                remove: { [self] path throws(SystemError) in
                    try check(path)
                    files[path] = nil
                }))
    }
}

/// Lets threads wait until it is opened.
///
/// `@unchecked Sendable`: semaphores are for several threads.
final class Gate: @unchecked Sendable {
    private let semaphore = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)

    init() { sem_init(semaphore, 0, 0) }

    deinit {
        sem_destroy(semaphore)
        semaphore.deallocate()
    }

    func open() { sem_post(semaphore) }

    func wait() {
        while sem_wait(semaphore) != 0 {}
        sem_post(semaphore)
    }
}

/// One daemon's rotator after another on the same disk.
final class Workshop: Sendable {
    let disk = Disk()
    let events = Collector<LogEvent>()
    let asked = Collector<String>()
    private let records = Mutex<[String: KeyAnswer]>([:])
    private let gate = Mutex<Gate?>(nil)
    private let clock = Mutex<Int64>(1_800_000_000)
    let loop: EventLoop
    private let workers: WorkerPool
    /// Where the DNS is asked.
    let patient: WorkerPool

    static let day: Int64 = 86_400

    init(on loop: EventLoop) throws {
        self.loop = loop
        workers = try WorkerPool(threads: 2, named: "worker")
        patient = try WorkerPool(threads: 3, named: "patient")
    }

    var log: [String] { events.values.map(\.line) }

    var now: Int64 {
        get { clock.withLock { $0 } }
        set { clock.withLock { $0 = newValue } }
    }

    /// A daemon that has just started.
    func start(_ sections: [SigningSettings]) throws -> (rotator: KeyRotator, keys: SigningKeys) {
        let keys = SigningKeys(try KeyRing.of(sections))
        let rotator = KeyRotator(
            keys, store: disk.store,
            KeyRotator.Surroundings(
                loop: loop, workers: workers, patient: patient, now: { [self] in now }, format: { "T\($0)" },
                date: { _ in "20261121" },
                lookUp: { [self] name in
                    asked.add(name)
                    let gate = gate.withLock { $0 }
                    gate?.wait()
                    return records.withLock { $0[name] } ?? .none
                }, log: { [events] in events.add($0) }))
        return (rotator, keys)
    }

    func answer(_ selector: String, _ answer: KeyAnswer, domain: String = "example.org") {
        records.withLock { $0["\(selector)._domainkey.\(domain)"] = answer }
    }

    /// From now on the DNS answers only when the gate is opened.
    func holdAnswers() -> Gate {
        let made = Gate()
        gate.withLock { $0 = made }
        return made
    }

    /// Publishes all that `dkim rotate` said.
    func publish(_ told: String, only selector: String? = nil) throws {
        let lines = told.split(separator: "\n")
        for (name, text) in zip(lines, lines.dropFirst()) where name.hasPrefix("# a TXT record at ") {
            let name = String(name.split(separator: " ")[5])
            if let selector, !name.hasPrefix("\(selector).") { continue }
            records.withLock { $0[name] = .records([Array(text.utf8)]) }
        }
    }

    func until(_ what: String, _ holds: () -> Bool) async throws {
        let deadline = Deadline.after(.seconds(20))
        while !holds() {
            if deadline.hasPassed { throw TestFailure("waited in vain until \(what); the log: \(log)") }
            await Alarm(on: loop).sleep(until: .after(.milliseconds(2)))
        }
    }
}

extension SigningKeys {
    func selectors(of domain: String = "example.org") -> [String] {
        ring.keys(of: domain).map(\.signer.selector)
    }
}
