// Commands of the configuration: output, exit status, limits, and that nothing is left running.
import LinuxIO
import Testing

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

    @Test func givesTheCommandAnEmptyInput() throws {
        #expect(try outputOfShellCommand("cat", until: .never).isEmpty)
    }
}
