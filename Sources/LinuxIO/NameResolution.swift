// Names to addresses by the C library's resolver. It blocks, so it runs on a worker.
internal import CLinux

/// Why a name has no address.
public enum ResolutionFailure: Error, Equatable, Sendable {
    /// The name does not exist or has no address; asking again will not help soon.
    case notFound
    /// The resolver could not tell; its words.
    case temporary(String)
}

/// Looks up a host's addresses for a TCP port, in the order the system prefers (RFC 6724).
public func resolve(host: String, port: UInt16) throws(ResolutionFailure) -> [SocketAddress] {
    var hints = addrinfo()
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    hints.ai_family = AF_UNSPEC
    hints.ai_flags = AI_NUMERICSERV
    var list: UnsafeMutablePointer<addrinfo>?
    let result = getaddrinfo(host, "\(port)", &hints, &list)
    defer { if let list { freeaddrinfo(list) } }
    switch result {
    case 0: break
    case EAI_NONAME, linux_no_address, linux_no_address_family: throw .notFound
    case EAI_SYSTEM: throw .temporary(SystemError.current("getaddrinfo").reason)
    default: throw .temporary(String(cString: gai_strerror(result)))
    }
    let addresses = sequence(first: list, next: { $0?.pointee.ai_next }).compactMap { entry in
        entry.flatMap { SocketAddress($0.pointee) }
    }
    if addresses.isEmpty { throw .notFound }
    return addresses
}
