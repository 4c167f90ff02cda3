// Configurations from text, and a key that signs.
public import SmarthostConfiguration

/// A configuration from its text, as root would read it from a safe file, beside other such files.
public func parsedConfiguration(
    _ text: String, environment: [String: String] = [:], files: [String: [UInt8]] = [:]
) throws -> Configuration {
    let safe = FileMetadata(ownerID: 0, groupID: 0, mode: 0o600)
    let source = ConfigurationSource(
        read: { path throws(SourceFailure) in
            guard let bytes = files[path] else { throw .notFound }
            return SourceFile(bytes: bytes, metadata: safe)
        },
        run: { _ throws(SourceFailure) in throw .notFound }, environment: { environment[$0] },
        homeDirectory: "/home/mailer", stateDirectory: "/nonexistent",
        names: HostNames(hostName: { "test" }, canonicalName: { "test" }, mailName: { nil }),
        process: ProcessIdentity(userID: 0, groupID: 0))
    return try Configuration.parse(
        SourceFile(bytes: Array(text.utf8), metadata: safe), path: "/test.conf", from: source)
}

/// The run's key, as a key file holds it.
public func testKey() -> [UInt8] { (try? SigningIdentity.shared.get().pem) ?? [] }
