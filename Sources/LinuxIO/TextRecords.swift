// TXT records by the C library's resolver (res_nquery(3)), or from one server that is named. It blocks,
// so a running daemon does it on a worker.
internal import CLinux

/// What DNS says of a name's TXT records.
public enum TextRecordAnswer: Hashable, Sendable {
    /// Each record's strings, in the order of the answer.
    case found([[[UInt8]]])
    /// The name does not exist, or has no TXT record.
    case none
    /// The resolver could not tell; asking again may help.
    case temporaryFailure(String)
}

/// Looks up a name's TXT records, following CNAMEs as the resolver does.
public func lookUpTextRecords(_ name: String) -> TextRecordAnswer {
    var state = linux_resolver()
    guard linux_resolver_open(&state) == 0 else { return .temporaryFailure("no resolver configuration") }
    defer { linux_resolver_close(&state) }
    var answer = [UInt8](repeating: 0, count: 65_535)
    let length = linux_resolver_query_txt(&state, name, &answer, Int32(answer.count))
    guard length >= 0 else {
        switch linux_resolver_error(&state) {
        case HOST_NOT_FOUND, NO_DATA: return .none
        case TRY_AGAIN: return .temporaryFailure("the name server did not answer, or with SERVFAIL")
        default: return .temporaryFailure("the name server refused or failed")
        }
    }
    let records = parseTextRecords(answer.prefix(Int(length)))
    guard let records else { return .temporaryFailure("the name server's answer cannot be read") }
    return records.isEmpty ? .none : .found(records)
}

private func parseTextRecords(_ answer: ArraySlice<UInt8>) -> [[[UInt8]]]? {
    let bytes = Array(answer)
    return bytes.withUnsafeBufferPointer { buffer in
        var message = ns_msg()
        guard ns_initparse(buffer.baseAddress, Int32(buffer.count), &message) == 0 else { return nil }
        var records: [[[UInt8]]] = []
        for index in 0..<linux_answer_count(&message) {
            var record = ns_rr()
            guard ns_parserr(&message, ns_s_an, index, &record) == 0 else { return nil }
            guard record.type == UInt16(ns_t_txt.rawValue) else { continue }
            let data = Array(UnsafeBufferPointer(start: record.rdata, count: Int(record.rdlength)))
            guard let strings = characterStrings(data[...]) else { return nil }
            records.append(strings)
        }
        return records
    }
}

/// The record's strings, each behind its length (RFC 1035 3.3.14).
private func characterStrings(_ data: ArraySlice<UInt8>) -> [[UInt8]]? {
    var strings: [[UInt8]] = []
    var rest = data
    while let length = rest.popFirst() {
        guard rest.count >= Int(length) else { return nil }
        strings.append(Array(rest.prefix(Int(length))))
        rest = rest.dropFirst(Int(length))
    }
    return strings
}
