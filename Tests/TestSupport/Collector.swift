// What code under test hands over from its own threads, gathered for the test to look at.
import Synchronization

/// Values in the order in which they came.
public final class Collector<Value: Sendable>: Sendable {
    private let state = Mutex<[Value]>([])

    public init() {}

    public func add(_ value: Value) { state.withLock { $0.append(value) } }

    public var values: [Value] { state.withLock { $0 } }
}
