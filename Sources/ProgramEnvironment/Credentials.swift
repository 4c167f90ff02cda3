// Files that only root may read, as systemd hands them to the daemon's own user: the unit's
// `LoadCredential=smarthost:/etc/smarthost` makes each file below that folder a credential, so that the
// configuration names files where they are, with systemd or without (systemd.exec(5), Credentials).
internal import LinuxIO

enum Credentials {
    /// The folder that the unit names, and the name that it gives to it.
    private static let folder = "/etc/smarthost/"
    private static let name = "smarthost"

    /// Where systemd put the file's credential; nil where there is none.
    static func path(
        for path: String, environment: (String) -> String?,
        exists: (String) -> Bool = { (try? FileMetadata(path: $0)) != nil }
    ) -> String? {
        guard let directory = environment("CREDENTIALS_DIRECTORY"), path.hasPrefix(folder) else { return nil }
        // `/etc/smarthost/dkim/key.pem` is the credential smarthost_dkim_key.pem.
        let file = path.dropFirst(folder.count).map { $0 == "/" ? "_" : $0 }
        let credential = "\(directory)/\(name)_\(String(file))"
        return exists(credential) ? credential : nil
    }
}
