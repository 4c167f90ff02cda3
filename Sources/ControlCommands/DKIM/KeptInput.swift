// Standard input for a filter that reads its message twice: to hash it, and to pass it on. A file is simply
// read again; of a pipe, the first megabyte is kept in memory and the rest in a temporary file. Throws
// CommandFailure where there is no room for it, and what reading throws.
import LinuxIO

struct KeptInput {
    private let environment: CommandEnvironment
    private let isRereadable: Bool
    private var isFirstReading = true

    /// What was read of a pipe, in this order.
    private var memory: [[UInt8]] = []
    private var memorySize = 0
    private var file: TemporaryFile?
    /// What found no room: it must be passed on all the same.
    private var lost: [UInt8]?

    /// How far the second reading has come.
    private var nextInMemory = 0
    private var nextInFile = 0

    init(_ environment: CommandEnvironment) {
        self.environment = environment
        isRereadable = environment.rewind()
    }

    /// The next bytes, none at the end.
    mutating func read() throws -> [UInt8] {
        if isRereadable { return try environment.read() }
        if isFirstReading { return try keep(environment.read()) }
        return try readAgain()
    }

    /// Begins the second reading, which goes on behind what the first one has read.
    mutating func rewind() throws {
        isFirstReading = false
        guard !isRereadable || environment.rewind() else {
            throw CommandFailure(ExitCode.system, "the message cannot be read a second time")
        }
    }

    private mutating func keep(_ chunk: [UInt8]) throws -> [UInt8] {
        if file == nil, memorySize + chunk.count <= environment.inputInMemory {
            memory.append(chunk)
            memorySize += chunk.count
            return chunk
        }
        do {
            let file = try file ?? environment.makeTemporaryFile()
            self.file = file
            try file.append(chunk)
        } catch {
            lost = chunk
            throw CommandFailure(
                ExitCode.system,
                "the message comes from a pipe and is too large for memory, and there is no room for it in "
                    + "TMPDIR (else /tmp): \(error)")
        }
        return chunk
    }

    private mutating func readAgain() throws -> [UInt8] {
        if nextInMemory < memory.count {
            nextInMemory += 1
            return memory[nextInMemory - 1]
        }
        if let file, nextInFile < file.size {
            let chunk = try file.read(at: nextInFile, upTo: 65_536)
            nextInFile += chunk.count
            return chunk
        }
        if let chunk = lost {
            lost = nil
            return chunk
        }
        return try environment.read()
    }
}
