// A message while it arrives: line ends put right, header cut off, body streamed into the spool's draft.
// Only the header and the draft's first part are in memory. Throws SubmissionFailure.
internal import MailCore
internal import Spool

struct MessageIntake {
    private var lineEnds = LineEnds()
    private var reader = MessageReader()
    private let draft: Draft
    private let sizeLimit: Int
    /// Reused for each chunk.
    private var normalized: [UInt8] = []

    init(_ draft: Draft, sizeLimit: Int) {
        self.draft = draft
        self.sizeLimit = sizeLimit
    }

    /// What was met in the bytes so far.
    var tally: LineEnds.Tally { lineEnds.tally }

    /// Takes the next bytes as the caller wrote them.
    mutating func take(_ chunk: ArraySlice<UInt8>) async throws(SubmissionFailure) {
        normalized.removeAll(keepingCapacity: true)
        lineEnds.normalize(chunk.span, into: &normalized)
        try await passOn()
    }

    /// Ends the message; gives its header and its body.
    mutating func finish() async throws(SubmissionFailure) -> (header: MessageHeader, body: Draft) {
        normalized.removeAll(keepingCapacity: true)
        lineEnds.finish(into: &normalized)
        try await passOn()
        var rest: [UInt8] = []
        do throws(SubmissionProblem) { try reader.finish(body: &rest) } catch {
            throw SubmissionFailure(error)
        }
        try await append(rest)
        return (reader.header ?? MessageHeader(fields: []), draft)
    }

    func discard() async { await draft.discard() }

    private mutating func passOn() async throws(SubmissionFailure) {
        guard lineEnds.tally.size <= sizeLimit else { throw .tooLarge(sizeLimit) }
        let chunk = normalized
        if reader.header != nil { return try await append(chunk) }
        var body: [UInt8] = []
        do throws(SubmissionProblem) {
            try reader.read(chunk.span, body: &body)
        } catch {
            throw SubmissionFailure(error)
        }
        try await append(body)
    }

    private func append(_ body: [UInt8]) async throws(SubmissionFailure) {
        if body.isEmpty { return }
        do throws(SpoolFailure) { try await draft.append(body) } catch { throw SubmissionFailure(error) }
    }
}
