// Times as arguments tell them.
import Testing

@testable import ControlCommands

struct MomentTests {
    @Test(arguments: [
        ("0", 0), ("1795229095", 1_795_229_095), ("1970-01-01", 0), ("2026-11-21", 1_795_219_200),
        ("2026-11-21T02:44:55Z", 1_795_229_095), ("2026-11-21T02:44:55", 1_795_229_095),
        ("2026-11-21 02:44:55", 1_795_229_095), ("2000-02-29T00:00:00Z", 951_782_400),
        ("2000-03-01", 951_868_800), ("2099-12-31T23:59:59Z", 4_102_444_799), ("2100-01-01", 4_102_444_800),
    ])
    func seconds(text: String, expected: Int64) throws {
        #expect(try Moment.seconds(text) == expected)
    }

    @Test(arguments: [
        "", "now", "-1", "2026-11", "2026-13-01", "2026-00-01", "2026-02-29", "2026-11-31",
        "2026-1-2",
        "1969-12-31", "2026-11-21T", "2026-11-21T24:00:00Z", "2026-11-21T10:00Z", "2026-11-21T1a:00:00Z",
        "2026-11-21T10:00:00+01:00", "99999999999999999999", "2026-11-2²",
    ])
    func none(text: String) {
        let problem = #expect(throws: CommandFailure.self) { try Moment.seconds(text) }
        #expect(problem?.code == ExitCode.usage)
        #expect(problem?.text.hasPrefix("'\(text)' is no time; ") == true)
    }
}
