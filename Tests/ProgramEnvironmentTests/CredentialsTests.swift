// Files below /etc/smarthost are read from systemd's credentials where there are any.
import Testing

@testable import ProgramEnvironment

@Suite struct CredentialsTests {
    @Test(arguments: [
        ("/etc/smarthost/smarthost.conf", "/run/credentials/x/smarthost_smarthost.conf"),
        ("/etc/smarthost/dkim/a.b.pem", "/run/credentials/x/smarthost_dkim_a.b.pem"),
        ("/etc/smarthost/missing", nil), ("/etc/msmtprc", nil), ("/etc/smarthost-other/smarthost.conf", nil),
    ])
    func findsTheCredentialOfAFile(path: String, expected: String?) {
        let found = Credentials.path(
            for: path, environment: { $0 == "CREDENTIALS_DIRECTORY" ? "/run/credentials/x" : nil },
            exists: { !$0.hasSuffix("missing") })
        #expect(found == expected)
    }

    @Test func leavesFilesAloneWithoutSystemd() {
        #expect(
            Credentials.path(
                for: "/etc/smarthost/smarthost.conf", environment: { _ in nil }, exists: { _ in true })
                == nil)
    }
}
