// The folder that bench/run prepared: programs, keys, certificate, and the messages that are sent.
import LinuxIO

struct Workplace {
    /// Where the release build is.
    let programs: String
    /// On a real disk: the spool will be here.
    let folder: String
    let cores: Int

    var sendmail: String { "\(programs)/sendmail" }
    var daemon: String { "\(programs)/smarthostd" }
    var socket: String { "\(folder)/submit.sock" }
    var signingKey: String { "\(folder)/signing.pem" }
    var publicKey: String { "\(folder)/signing.pub.pem" }
    var certificate: String { "\(folder)/relay.pem" }
    var certificateKey: String { "\(folder)/relay.key" }

    func read(_ path: String) throws(BenchmarkFailure) -> [UInt8] {
        do throws(SystemError) { return try Files.read(path, limit: 1 << 20) } catch {
            throw BenchmarkFailure("\(error)")
        }
    }

    func write(_ path: String, _ text: some Sequence<UInt8>) throws(BenchmarkFailure) {
        do throws(SystemError) {
            try? Files.remove(path)
            try File(path: path, .create(mode: 0o600)).write(Array(text))
        } catch {
            throw BenchmarkFailure("\(error)")
        }
    }
}

/// A message as PHP's mail() writes one: no Date, no Message-ID, lines that end in LF.
func sampleMessage(size: Int) -> [UInt8] {
    let header = """
        To: Recipient <recipient@example.net>
        Subject: Your order 2026-1187 is on its way
        From: Shop <shop@bench.example>
        Reply-To: service@bench.example
        MIME-Version: 1.0
        Content-Type: text/plain; charset=utf-8
        Content-Transfer-Encoding: 7bit
        X-Mailer: PHP/8.4.1


        """
    var message = Array(header.utf8)
    while message.count < size { message += sampleLine(message.count).utf8 }
    return Array(message.prefix(size - 1)) + [0x0A]
}

/// Ordinary text: about seventy bytes, single blanks, an empty line now and then.
func sampleLine(_ number: Int) -> String {
    number % 7 == 0
        ? "\n" : "Line \(number): the quick brown fox jumps over the lazy dog, as it always does.\n"
}
