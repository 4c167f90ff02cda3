// Builds the request from its parameters, in bounded memory. Throws WireError for what is repeated or too much.

struct RequestCollector: Sendable {
    /// Bounds on what a peer can make the daemon hold before the message begins.
    static let maximumBytes = 1 << 18
    static let maximumCount = 16_384

    private var request = SubmissionRequest(.submit)
    private var hasCommand = false
    private var bytes = 0
    private var count = 0

    /// Called when a parameter is announced, before any of it is kept.
    mutating func reserve(_ length: Int) throws(WireError) {
        bytes += length
        count += 1
        guard bytes <= Self.maximumBytes, count <= Self.maximumCount else { throw .tooManyParameters }
    }

    mutating func take(_ tag: Tag, _ value: [UInt8]) throws(WireError) {
        switch tag {
        case .command: try takeCommand(value)
        case .argument: request.arguments.append(value)
        case .recipient: request.recipients.append(value)
        case .option: request.options.append(value)
        case .recipientsFromHeader: try takeRecipientsFromHeader(value)
        case .deliveryMode: try takeDeliveryMode(value)
        case .reversePath: try Self.set(&request.reversePath, tag, value)
        case .fullName: try Self.set(&request.fullName, tag, value)
        case .notify: try Self.set(&request.notify, tag, value)
        case .returnContent: try Self.set(&request.returnContent, tag, value)
        case .envelopeID: try Self.set(&request.envelopeID, tag, value)
        case .bodyType: try Self.set(&request.bodyType, tag, value)
        case .data, .end: throw .unknownTag(tag.rawValue)
        }
    }

    func complete() throws(WireError) -> SubmissionRequest {
        guard hasCommand else { throw .missingCommand }
        return request
    }

    private mutating func takeCommand(_ value: [UInt8]) throws(WireError) {
        guard !hasCommand else { throw .repeatedParameter(tag: Tag.command.rawValue) }
        hasCommand = true
        request.command = Command(name: value)
    }

    private mutating func takeRecipientsFromHeader(_ value: [UInt8]) throws(WireError) {
        guard value.isEmpty else { throw .invalidParameter(tag: Tag.recipientsFromHeader.rawValue) }
        request.recipientsFromHeader = true
    }

    private mutating func takeDeliveryMode(_ value: [UInt8]) throws(WireError) {
        guard request.deliveryMode == nil else {
            throw .repeatedParameter(tag: Tag.deliveryMode.rawValue)
        }
        if value == DeliveryMode.queue.name {
            request.deliveryMode = .queue
        } else if value == DeliveryMode.direct.name {
            request.deliveryMode = .direct
        } else {
            throw .invalidParameter(tag: Tag.deliveryMode.rawValue)
        }
    }

    private static func set(_ slot: inout [UInt8]?, _ tag: Tag, _ value: [UInt8]) throws(WireError) {
        guard slot == nil else { throw .repeatedParameter(tag: tag.rawValue) }
        slot = value
    }
}
