// What one side encodes, the other decodes, however the stream is cut.

import SubmissionWire
import Testing

/// All that the daemon's side makes of a stream.
struct Received: Equatable {
    var request: SubmissionRequest?
    var message: [UInt8] = []
    var isComplete = false

    init() {}

    /// Feeds the bytes after the preamble in the given pieces.
    init(_ pieces: [ArraySlice<UInt8>]) throws(WireError) {
        var decoder = SubmissionDecoder()
        for piece in pieces {
            var input = piece
            while let event = try decoder.next(&input) {
                switch event {
                case .request(let request): self.request = request
                case .data(let bytes): message += bytes
                case .end: isComplete = true
                }
            }
        }
    }
}

let fullRequest = {
    var request = SubmissionRequest(.submit)
    request.arguments = [[], Array("x".utf8)]
    request.reversePath = []
    request.fullName = Array("Cron Dæmon".utf8)
    request.recipients = [Array("a@example.org, b@example.org".utf8), Array("c@example.net".utf8)]
    request.recipientsFromHeader = true
    request.deliveryMode = .direct
    request.notify = Array("never".utf8)
    request.returnContent = Array("hdrs".utf8)
    request.envelopeID = Array("QQ314159".utf8)
    request.bodyType = Array("8BITMIME".utf8)
    request.options = [Array("-i".utf8), Array("-oem".utf8)]
    return request
}()

func submission(_ request: SubmissionRequest, _ chunks: [String]) throws -> [UInt8] {
    var encoder = MessageEncoder()
    var bytes = try request.encoded()
    for chunk in chunks { bytes += encoder.data(Array(chunk.utf8)) }
    return bytes + encoder.end()
}

@Suite struct RoundTripTests {
    @Test func everyParameterAtEverySplit() throws {
        let stream = try submission(fullRequest, ["Subject: x\n\nhel", "", "lo\n"])
        #expect(Dialect.detect(stream[...], atEnd: false) == .framed)
        let bytes = stream.dropFirst(Frame.preamble.count)
        for split in bytes.indices {
            let received = try Received([bytes[..<split], bytes[split...]])
            #expect(received.request == fullRequest, "split at \(split)")
            #expect(received.message == Array("Subject: x\n\nhello\n".utf8), "split at \(split)")
            #expect(received.isComplete, "split at \(split)")
        }
        let single = try Received(bytes.indices.map { bytes[$0...$0] })
        #expect(single.request == fullRequest && single.isComplete)
    }

    @Test(arguments: [
        Command.submit, .mailq, .flush, .queue, .show, .delete, .status, .other(Array("dance".utf8)),
    ])
    func everyCommand(command: Command) throws {
        let stream = try submission(SubmissionRequest(command), [])
        let received = try Received([stream.dropFirst(Frame.preamble.count)])
        #expect(received.request == SubmissionRequest(command))
        #expect(received.isComplete)
    }

    /// A shim that is killed leaves a prefix: none may look whole.
    @Test func noPrefixIsComplete() throws {
        let bytes = try submission(fullRequest, ["hello"]).dropFirst(Frame.preamble.count)
        for end in bytes.indices {
            #expect(try !Received([bytes[..<end]]).isComplete, "end at \(end)")
        }
    }

    /// Data is handed on as it comes, not when its frame is whole.
    @Test func dataIsNotHeldBack() throws {
        var decoder = SubmissionDecoder()
        var encoder = MessageEncoder()
        let frame = encoder.data([UInt8](repeating: 0x78, count: 60_000))
        var input = try (SubmissionRequest(.submit).encoded() + frame)[...].dropFirst(Frame.preamble.count)
        input = input.prefix(input.count - 59_990)
        #expect(try decoder.next(&input) == .request(SubmissionRequest(.submit)))
        #expect(try decoder.next(&input) == .data([UInt8](repeating: 0x78, count: 10)[...]))
        #expect(try decoder.next(&input) == nil)
    }

    @Test func nothingIsTakenAfterTheEnd() throws {
        var decoder = SubmissionDecoder()
        var input = try submission(SubmissionRequest(.submit), ["x"])[...].dropFirst(Frame.preamble.count)
        input += [1, 2, 3]
        while try decoder.next(&input) != nil {}
        #expect(decoder.isComplete)
        #expect(Array(input) == [1, 2, 3])
    }
}
