// Commands of the configuration: output, exit status, limits, and that nothing is left running.
import Glibc
import Testing

@testable import LinuxIO

@Suite struct SubprocessTests {
    @Test func readsTheOutput() throws {
        #expect(try outputOfShellCommand("printf 'a\\nb'", until: .never) == Array("a\nb".utf8))
    }

    @Test(arguments: [
        ("exit 3", CommandFailure.status(3)), ("kill -9 $$", .status(-9)), ("yes", .outputTooLong),
    ])
    func tellsWhatWentWrong(command: String, expected: CommandFailure) {
        #expect(throws: expected) { try outputOfShellCommand(command, limit: 100, until: .never) }
    }

    @Test func endsACommandThatTakesTooLong() {
        #expect(throws: CommandFailure.timedOut) {
            try outputOfShellCommand("sleep 1000 & sleep 1000", until: .after(.zero))
        }
    }

    /// The command closes its output and goes on: its end is waited for no longer than its output.
    @Test func endsACommandThatClosesItsOutputAndGoesOn() throws {
        var shell = try Subprocess(shell: "exec >&-; sleep 1000; true")
        let process = shell.process
        #expect(try shell.readOutput(limit: 100, until: .never).isEmpty)
        do throws(CommandFailure) {
            let status = try shell.wait(until: .after(.zero))
            Issue.record("it ended with \(status)")
        } catch {
            #expect(error == .timedOut)
        }
        _ = consume shell
        #expect(Self.isGone(process))
    }

    @Test(arguments: ["sleep 1000", "trap '' TERM HUP INT; while :; do sleep 1000; done", "true"])
    func leavesNothingRunningThatIsLetGo(command: String) throws {
        let shell = try Subprocess(shell: command)
        let process = shell.process
        _ = consume shell
        #expect(Self.isGone(process))
    }

    /// Ended and reaped: not even a zombie is left.
    private static func isGone(_ process: pid_t) -> Bool { kill(process, 0) == -1 && errno == ESRCH }

    @Test func givesTheCommandAnEmptyInput() throws {
        #expect(try outputOfShellCommand("cat", until: .never).isEmpty)
    }

    @Test(arguments: [0, 1, 100_000]) func handsAProgramItsInput(size: Int) throws {
        let input = (0..<size).map { UInt8(truncatingIfNeeded: $0) }
        #expect(try outputOfProgram("/bin/cat", input: input, limit: 1 << 20, until: .never) == input)
    }

    @Test func runsAProgramWithoutAShell() throws {
        let output = try outputOfProgram("/bin/echo", ["$HOME;", "`id`"], input: [], until: .never)
        #expect(output == Array("$HOME; `id`\n".utf8))
    }

    @Test func aProgramThatIsNotThere() {
        let failure = #expect(throws: CommandFailure.self) {
            try outputOfProgram("/nonexistent/program", input: [], until: .never)
        }
        #expect(failure?.description.contains("/nonexistent/program") == true)
    }
}
