// The journal's own format: a line for people and fields to search by. Used where standard error is
// the journal (JOURNAL_STREAM); elsewhere the program writes plain lines.
internal import CSystemd

/// The system's journal.
public enum Journal {
    /// Sends one entry; false where the journal did not take it. Priorities are syslog(3)'s numbers, field
    /// names upper case.
    public static func send(_ message: String, priority: Int, fields: [(String, String)]) -> Bool {
        let all = [("MESSAGE", message), ("PRIORITY", "\(priority)")] + fields
        let entries = all.map { Array("\($0.0)=\($0.1)".utf8) }
        return withVectors(of: entries[...], collected: []) { vectors in
            sd_journal_sendv(vectors, Int32(vectors.count)) == 0
        }
    }

    /// Keeps every entry's bytes in place while the vectors point to them.
    private static func withVectors(
        of entries: ArraySlice<[UInt8]>, collected: [iovec], _ body: ([iovec]) -> Bool
    ) -> Bool {
        guard let first = entries.first else { return body(collected) }
        var bytes = first
        return bytes.withUnsafeMutableBytes { raw in
            let vector = iovec(iov_base: raw.baseAddress, iov_len: raw.count)
            return withVectors(of: entries.dropFirst(), collected: collected + [vector], body)
        }
    }
}
