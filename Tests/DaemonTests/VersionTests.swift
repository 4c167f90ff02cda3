// The three programs are of one version.
import TestSupport
import Testing

@Suite struct VersionTests {
    @Test func allAreAlike() throws {
        let folder = try TemporaryFolder()
        let versions = try ["sendmail", "smarthostd", "smarthostctl"].map { name in
            try Program(builtProgram(name), ["--version"], in: folder).outcome().output
        }
        let numbers = versions.map { $0.split(whereSeparator: \.isWhitespace).last }
        #expect(numbers[0]?.contains(".") == true)
        #expect(Set(numbers).count == 1)
    }
}
