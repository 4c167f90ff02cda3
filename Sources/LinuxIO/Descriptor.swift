// An open file description's handle. It has one owner and is closed when the owner lets go of it.
internal import CLinux

/// An owned file descriptor.
public struct Descriptor: ~Copyable, Sendable {
    /// The number; valid only while this value lives.
    public let number: Int32

    /// Takes over a descriptor that is open and that nobody else closes.
    public init(adopting number: Int32) { self.number = number }

    deinit { close(number) }

    /// Gives the descriptor away without closing it.
    public consuming func release() -> Int32 {
        let number = number
        discard self
        return number
    }
}
