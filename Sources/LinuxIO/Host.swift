// What the machine says of itself and of the time. Only programs call this; modules are told.
internal import CLinux

/// The machine's name and clock.
public enum Host {
    /// The name of gethostname(2).
    public static var name: String {
        var buffer = [CChar](repeating: 0, count: 256)
        return gethostname(&buffer, buffer.count - 1) == 0 ? text(of: buffer) : "localhost"
    }

    /// The canonical domain name (getaddrinfo's AI_CANONNAME), else the plain name. It may ask DNS and block.
    public static var canonicalName: String {
        var hints = addrinfo()
        hints.ai_flags = AI_CANONNAME
        var list: UnsafeMutablePointer<addrinfo>?
        let own = name
        guard getaddrinfo(own, nil, &hints, &list) == 0, let list else { return own }
        defer { freeaddrinfo(list) }
        guard let canonical = list.pointee.ai_canonname else { return own }
        return String(cString: canonical)
    }

    /// Milliseconds since 1970 on the wall clock.
    public static var milliseconds: Int64 {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        return Int64(now.tv_sec) * 1000 + Int64(now.tv_nsec) / 1_000_000
    }

    /// Seconds east of UTC at a moment in seconds since 1970, by the system's time zone.
    public static func utcOffset(at seconds: Int64) -> Int {
        var moment = time_t(seconds)
        var parts = tm()
        return localtime_r(&moment, &parts) == nil ? 0 : Int(parts.tm_gmtoff)
    }

    /// A moment by strftime(3)'s format in local time.
    public static func format(_ seconds: Int64, _ format: String) -> String {
        var moment = time_t(seconds)
        var parts = tm()
        guard localtime_r(&moment, &parts) != nil else { return "\(seconds)" }
        var buffer = [CChar](repeating: 0, count: 512)
        guard strftime(&buffer, buffer.count, format, &parts) > 0 else { return "\(seconds)" }
        return text(of: buffer)
    }

    public static var processID: Int32 { getpid() }

    /// Random bytes of the kernel's generator.
    public static func randomBytes(_ count: Int) -> [UInt8] {
        var generator = SystemRandomNumberGenerator()
        return (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
    }
}

extension Host {
    /// Whether standard error is connected to the journal (systemd.exec(5), $JOURNAL_STREAM).
    public static var standardErrorIsJournal: Bool {
        var status = stat()
        guard let stream = environmentValue("JOURNAL_STREAM"), fstat(2, &status) == 0 else { return false }
        return stream == "\(status.st_dev):\(status.st_ino)"
    }
}

/// Writes all of it, or nothing can be done about it.
public func writeToStandardError(_ text: String) { writeAll(2, Array(text.utf8)) }

/// Writes all of it, or nothing can be done about it.
public func writeToStandardOutput(_ text: String) { writeAll(1, Array(text.utf8)) }

private func writeAll(_ descriptor: Int32, _ bytes: [UInt8]) {
    var rest = bytes[...]
    while !rest.isEmpty {
        let written = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
        if written < 0 && linux_errno() != EINTR { return }
        rest = rest.dropFirst(max(0, written))
    }
}

/// Ends the process.
public func exitProcess(_ code: Int32) -> Never { exit(code) }

/// The process's environment.
public func environmentValue(_ name: String) -> String? {
    guard let value = getenv(name) else { return nil }
    return String(cString: value)
}

/// As many open files as the system lets this process have: the usual limit of 1024 is for select(2), which
/// nothing here uses.
public func raiseDescriptorLimit() { linux_raise_descriptor_limit() }

/// A process that handles secrets leaves no core file and cannot be traced by others of its user.
public func forbidCoreDumps() {
    linux_forbid_core_dumps()
}

/// A process that allocates and frees blocks of this size all day keeps so much free memory for each of its
/// threads, rather than giving it back to the system and taking it again, zeroed, for every message.
public func keepFreedMemory(_ bytes: Int32) {
    linux_keep_freed_memory(bytes)
}
