// All that a subcommand may touch outside its own arguments: its streams, files, the clock, the DNS. Tests
// give closures of their own; the program gives the real ones. What a closure throws describes itself in
// one line.
import DKIMCore
import LinuxIO
import SMTPClient
import SmarthostConfiguration

/// The outside world of one run of a subcommand.
struct CommandEnvironment {
    /// The next bytes of standard input, none at its end.
    var read: () throws -> [UInt8]
    /// Goes back to where standard input began; false where it cannot be read twice, as a pipe.
    var rewind: () -> Bool
    /// Writes all of the bytes to standard output.
    var write: ([UInt8]) throws -> Void
    /// Writes one line, `smarthostctl: …`, to standard error.
    var complain: (String) -> Void
    /// A file for what is too much for memory.
    var makeTemporaryFile: () throws -> TemporaryFile = { try TemporaryFile() }
    /// How many bytes of standard input may stay in memory.
    var inputInMemory = 1 << 20
    /// Reads a whole file.
    var readFile: (_ path: String) throws -> [UInt8]
    /// Reads a private key's bytes, after a check who else can read them.
    var readPrivateKey: (_ source: KeySource) throws -> [UInt8]
    /// Writes and syncs a file with the permissions given; fails where there is one already.
    var writeNewFile: (_ path: String, _ bytes: Span<UInt8>, _ mode: UInt32) throws -> Void
    /// Seconds since 1970.
    var now: () -> Int64
    /// The TXT records of a name, from that server or the system's.
    var lookUpTXT: (_ name: String, _ server: DNSServer?) -> TextRecordAnswer
    /// A service's SRV records.
    var lookUpServices: (_ name: String, _ server: DNSServer?) -> ServiceRecordAnswer = {
        LinuxIO.lookUpServices($0, server: $1)
    }
    /// Where a relay is to be reached; tests put one of their own there.
    var place: (Endpoint) -> Endpoint = { $0 }
    /// The keys that sign for a domain by the configuration and the daemon's rotations.
    var configuredKeys: (_ domain: String) throws -> [ConfiguredKey] = { _ in [] }

    /// A key as a `dkim DOMAIN` section names it, or the one that signs in its place.
    struct ConfiguredKey {
        var selector: String
        var source: KeySource
        /// One that the daemon made; nil for one that is yet to be read.
        var key: SigningKey?
    }

    func print(_ lines: String...) throws {
        try write(Array((lines.joined(separator: "\n") + "\n").utf8))
    }
}

/// The exit codes of sysexits.h that smarthostctl uses.
enum ExitCode {
    static let success: Int32 = 0
    /// The answer is no.
    static let failure: Int32 = 1
    static let usage: Int32 = 64
    static let data: Int32 = 65
    /// A recipient does not exist, or is no address.
    static let noUser: Int32 = 67
    /// The daemon or a relay cannot be reached, or refuses.
    static let unavailable: Int32 = 69
    /// The program at the other end of a socket is not what it should be.
    static let software: Int32 = 70
    static let system: Int32 = 71
    static let noPermission: Int32 = 77
    static let configuration: Int32 = 78
}

/// What ends a subcommand: the exit code and the line that says why.
struct CommandFailure: Error {
    let code: Int32
    let text: String

    init(_ code: Int32, _ text: String) {
        self.code = code
        self.text = text
    }
}
