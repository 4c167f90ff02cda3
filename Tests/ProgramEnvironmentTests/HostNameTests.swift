// What this host is called: an empty HOSTNAME is none.
import LinuxIO
import Testing

@testable import ProgramEnvironment

@Suite struct HostNameTests {
    @Test(arguments: [
        ("mx.example.org", "box", "mx.example.org"), (nil, "box", "box"), ("", "box", "box"),
        ("", "", "localhost"),
    ])
    func isTheVariableElseTheSystems(variable: String?, system: String, expected: String) {
        let name = hostName(environment: { $0 == "HOSTNAME" ? variable : nil }, system: system)
        #expect(name == expected)
    }
}
