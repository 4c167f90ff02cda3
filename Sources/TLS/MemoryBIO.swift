// Memory BIOs, OpenSSL's byte queues, which stand where a socket would.
internal import COpenSSL

/// Takes all that waits in the queue, in one copy.
func drain(_ memory: OpaquePointer) -> [UInt8] {
    let pending = BIO_ctrl_pending(memory)
    guard pending > 0 else { return [] }
    return [UInt8](unsafeUninitializedCapacity: pending) { buffer, count in
        BIO_read_ex(memory, buffer.baseAddress, pending, &count)
    }
}
