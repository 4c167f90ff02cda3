// What LinuxIO's resolver finds, as DKIMCore wants it.
public import DKIMCore
public import LinuxIO

extension KeyAnswer {
    /// The strings of a record are one text (RFC 6376 3.6.2.2).
    public init(_ answer: TextRecordAnswer) {
        switch answer {
        case .found(let records): self = .records(records.map { Array($0.joined()) })
        case .noSuchName, .noTextRecord: self = .none
        case .aliasLoop(let names):
            self = .temporaryFailure(
                "its aliases (CNAME) go round in a circle: \(names.joined(separator: " → "))")
        case .failure(let failure): self = .temporaryFailure("\(failure)")
        }
    }
}
