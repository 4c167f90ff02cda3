// The thread that answers questions, on a connection of its own: a long list holds up no commit.
internal import LinuxIO

/// Hands questions to the reading thread.
final class QueueReader: Sendable {
    private let database: Database
    private let questions = BlockingQueue<@Sendable () -> Void>()
    private let thread: Thread

    init(_ database: Database) throws(SpoolFailure) {
        self.database = database
        thread = try spoolFiles { [questions] () throws(SystemError) in
            try Thread(named: "spool-read") {
                while let next = questions.take(upTo: 1) { for question in next { question() } }
            }
        }
    }

    deinit { questions.close() }

    func perform<Value: Sendable>(
        _ question: @escaping @Sendable (Database) throws(SpoolFailure) -> Value
    ) async throws(SpoolFailure) -> Value {
        let result: Result<Value, SpoolFailure> = await withUnsafeContinuation { continuation in
            let isTaken = questions.add { [database] in
                let answer = Result { () throws(SpoolFailure) in try question(database) }
                continuation.resume(returning: answer)
            }
            if !isTaken { continuation.resume(returning: .failure(.closed)) }
        }
        return try result.get()
    }

    /// Answers what was asked and ends. Blocks.
    func finish() {
        questions.close()
        thread.join()
        database.close()
    }
}
