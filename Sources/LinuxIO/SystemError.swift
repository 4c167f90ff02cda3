// What a system call failed with. One helper turns a call's result into a value or this error and
// repeats the call where a signal interrupted it.
internal import CLinux

/// A failed system call: which, on what, and the errno it left.
public struct SystemError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The call and its object, such as `open /etc/smarthost/smarthost.conf`.
    public let operation: String
    /// The errno value.
    public let number: Int32

    public init(_ operation: String, number: Int32) {
        self.operation = operation
        self.number = number
    }

    /// The error that the call just made has left in errno.
    static func current(_ operation: String) -> SystemError { SystemError(operation, number: linux_errno()) }

    /// The system's own words, such as `No such file or directory`.
    public var reason: String {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { buffer in
            guard let base = buffer.baseAddress, strerror_r(number, base, buffer.count) == 0 else {
                return "error \(number)"
            }
            return String(cString: base)
        }
    }

    public var description: String { "\(operation): \(reason)" }

    public var isNotFound: Bool { number == ENOENT }
    public var isPermissionDenied: Bool { number == EACCES || number == EPERM }
    public var isExisting: Bool { number == EEXIST }
    public var isAddressInUse: Bool { number == EADDRINUSE }
    public var isConnectionRefused: Bool { number == ECONNREFUSED }
    /// The disk or the quota is full, or may not be written to.
    public var isStorageExhausted: Bool { [ENOSPC, EDQUOT, EROFS].contains(number) }
}

/// A call's result where it is not negative, repeated while signals interrupt it.
@discardableResult
func checked<Result: SignedInteger>(
    _ operation: @autoclosure () -> String, _ call: () -> Result
) throws(SystemError) -> Result {
    while true {
        let result = call()
        if result >= 0 { return result }
        if linux_errno() != EINTR { throw SystemError.current(operation()) }
    }
}
