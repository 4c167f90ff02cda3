// Secrets on a real file system: who else may read them decides.
import LinuxIO
import ProgramEnvironment
import Testing

@Suite struct SecretFilesTests {
    @Test(arguments: [(0o600, true), (0o400, true), (0o644, false), (0o606, false)] as [(UInt32, Bool)])
    func readsWhatOthersCannot(mode: UInt32, isReadable: Bool) throws {
        let path = "/tmp/smarthost-secret-\(Host.processID)-\(mode)"
        let file = try File(path: path, .create(mode: 0o600))
        defer { try? Files.remove(path) }
        try file.write(Array("s3cret\n".utf8))
        try Files.setMode(path, mode)
        if isReadable {
            #expect(try SecretFiles.read(path) == Array("s3cret\n".utf8))
        } else {
            let problem = #expect(throws: SecretFileProblem.self) { try SecretFiles.read(path) }
            #expect(problem?.description.contains("chmod 600 \(path)") == true)
            #expect(problem?.description.contains("s3cret") == false)
        }
    }

    @Test func aMissingFileIsNamed() {
        let problem = #expect(throws: SecretFileProblem.self) { try SecretFiles.read("/nonexistent/key.pem") }
        #expect(problem?.description == "/nonexistent/key.pem: cannot be read: no such file")
    }
}
