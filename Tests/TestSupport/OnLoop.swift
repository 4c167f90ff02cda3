// Runs a test's tasks on a loop of its own, in a thread of its own, and gives the result back.
public import LinuxIO

/// Runs the body as a task on a fresh event loop.
public func onLoop<Value: Sendable>(
    _ body: @escaping @Sendable (EventLoop) async throws -> Value
) async throws -> Value {
    let loop = try EventLoop()
    let task = loop.spawn { () -> Result<Value, any Error> in
        do { return .success(try await body(loop)) } catch { return .failure(error) }
    }
    let thread = try Thread(named: "loop") { loop.run() }
    let result = await task.value
    loop.stop()
    thread.join()
    return try result.get()
}
