// Whether files and directories could be written, without writing any. What is wrong comes as text that goes
// behind the path.
internal import LinuxIO

enum PathCheck {
    /// Why nothing could be appended to the file, which may be missing.
    static func problemAppending(to path: String, as user: String) -> String? {
        if let metadata = try? FileMetadata(path: path) {
            if metadata.isDirectory { return "is a directory; name a file in it" }
            return Files.mayWrite(path) ? nil : "\(user) may not write it; change its owner or mode"
        }
        let folder = Files.parent(of: path) ?? "."
        guard let metadata = try? FileMetadata(path: folder), metadata.isDirectory else {
            return "there is no folder \(folder); make it: mkdir -p \(folder)"
        }
        return Files.mayWrite(folder)
            ? nil : "\(user) may not make files in \(folder); change its owner or mode"
    }

    /// Why the directory could not be used or, with those above it, made.
    static func problemMakingDirectory(_ path: String, as user: String) -> String? {
        if let metadata = try? FileMetadata(path: path) {
            guard metadata.isDirectory else { return "is not a directory; move it away" }
            return Files.mayWrite(path) ? nil : "\(user) may not write into it; change its owner or mode"
        }
        guard let parent = Files.parent(of: path), parent != path else {
            return path.contains("/") ? nil : "is not an absolute path; begin it with /"
        }
        guard let problem = problemMakingDirectory(parent, as: user) else { return nil }
        // The one that is there is the one to be mended; those between only pass it on.
        let isFirst = (try? FileMetadata(path: parent)) != nil
        return isFirst ? "cannot be made: \(parent): \(problem)" : problem
    }
}
