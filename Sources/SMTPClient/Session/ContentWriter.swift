// Content on its way after DATA: dot-stuffed, and gathered into blocks, so that many small pieces make
// few writes. Throws DeliveryFailure where the connection is lost.
internal import MailCore

/// Stuffs and sends one message's content.
struct ContentWriter {
    private let line: DialogueLine
    private var stuffing = DotStuffing()
    private var waiting: [UInt8] = []
    private var transcript: ContentTranscript?

    init(_ line: DialogueLine) {
        self.line = line
        transcript = line.transcript.map(ContentTranscript.init)
    }

    mutating func write(_ piece: [UInt8]) async throws(DeliveryFailure) {
        transcript?.record(piece)
        stuffing.stuff(piece.span, into: &waiting)
        guard waiting.count >= DialogueLine.blockSize else { return }
        try await line.send(content: waiting[...])
        waiting.removeAll(keepingCapacity: true)
    }

    /// Sends the rest with the final dot.
    mutating func finish() async throws(DeliveryFailure) {
        stuffing.finish(into: &waiting)
        try await line.send(content: waiting[...])
        transcript?.finish()
        line.transcript?.write(.sent, ".")
    }
}

/// The content as a transcript shows it: line by line, or as its size alone.
struct ContentTranscript {
    private let transcript: Transcript
    private var line: [UInt8] = []
    private var size = 0

    init(_ transcript: Transcript) { self.transcript = transcript }

    mutating func record(_ piece: some Collection<UInt8>) {
        size += piece.count
        guard transcript.showsContent else { return }
        var lines = (line + piece).split(separator: ASCII.lf, omittingEmptySubsequences: false)
        line = lines.popLast().map(Array.init) ?? []
        for line in lines { show(line) }
    }

    /// The end of the message, or of a chunk of it.
    mutating func finish(_ what: String = "the message") {
        if !line.isEmpty { show(line[...]) }
        if !transcript.showsContent { transcript.write(.note, "\(what), \(size) bytes") }
    }

    private func show(_ line: ArraySlice<UInt8>) {
        transcript.write(.sent, String(printable: line.last == ASCII.cr ? line.dropLast() : line))
    }
}
