// One POST by libcurl: https only, TLS 1.2 or later, the certificate checked, no redirection followed, and bounded in
// time and size.
internal import CCurl
import OAuth

private let headersAtMost = 65_536

/// What was received so far.
private final class Received {
    var body: [UInt8] = []
    var headers = 0
}

func ask(_ request: TokenRequest) -> TokenReply {
    curl_global_init(Int(CURL_GLOBAL_DEFAULT))
    guard let handle = curl_easy_init() else { return .failed("libcurl does not start") }
    defer { curl_easy_cleanup(handle) }
    let received = Received()
    let headers = curl_slist_append(curl_slist_append(nil, "Accept: application/json"), "Expect:")
    defer { curl_slist_free_all(headers) }
    return withExtendedLifetime(received) {
        request.body.withUnsafeBytes { body in
            guard configure(handle, request, body, headers, received) else {
                return .failed("libcurl \(String(cString: ccurl_version())) lacks what is needed for HTTPS")
            }
            let result = curl_easy_perform(handle)
            guard result == CURLE_OK else { return .failed(words(result, request)) }
            return .answered(status: ccurl_status(handle), body: received.body)
        }
    }
}

private func configure(
    _ handle: UnsafeMutableRawPointer, _ request: TokenRequest, _ body: UnsafeRawBufferPointer,
    _ headers: UnsafeMutablePointer<curl_slist>?, _ received: Received
) -> Bool {
    let numbers: [(CURLoption, Int)] = [
        (CURLOPT_POST, 1), (CURLOPT_POSTFIELDSIZE, body.count), (CURLOPT_FOLLOWLOCATION, 0),
        (CURLOPT_SSL_VERIFYPEER, 1), (CURLOPT_SSL_VERIFYHOST, 2),
        (CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2)),
        (CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1)),
        (CURLOPT_TIMEOUT, request.seconds), (CURLOPT_CONNECTTIMEOUT, (request.seconds + 1) / 2),
        (CURLOPT_NOSIGNAL, 1),
        (CURLOPT_NETRC, Int(CURL_NETRC_IGNORED.rawValue)),
    ]
    var texts: [(CURLoption, String)] = [
        (CURLOPT_URL, request.endpoint), (CURLOPT_PROTOCOLS_STR, "https"), (CURLOPT_USERAGENT, "smarthost"),
    ]
    if let trustFile = request.trustFile { texts.append((CURLOPT_CAINFO, trustFile)) }
    // The body is not copied: it stays where the caller has it.
    let results =
        numbers.map { ccurl_set_number(handle, $0, $1) } + texts.map { ccurl_set_text(handle, $0, $1) } + [
            ccurl_set_pointer(
                handle, CURLOPT_POSTFIELDS, UnsafeMutableRawPointer(mutating: body.baseAddress)),
            ccurl_set_list(handle, CURLOPT_HTTPHEADER, headers),
        ]
    return results.allSatisfy { $0 == CURLE_OK } && collect(handle, into: received)
}

/// The body, as far as it may go; the headers are only counted.
private func collect(_ handle: UnsafeMutableRawPointer, into received: Received) -> Bool {
    let context = Unmanaged.passUnretained(received).toOpaque()
    let results = [
        ccurl_set_pointer(handle, CURLOPT_WRITEDATA, context),
        ccurl_set_pointer(handle, CURLOPT_HEADERDATA, context),
        ccurl_set_sink(handle, CURLOPT_WRITEFUNCTION) { bytes, size, count, context in
            guard let bytes, let context else { return 0 }
            let received = Unmanaged<Received>.fromOpaque(context).takeUnretainedValue()
            guard received.body.count + size * count <= TokenReply.bodyAtMost else { return 0 }
            received.body += UnsafeRawBufferPointer(start: bytes, count: size * count)
            return size * count
        },
        ccurl_set_sink(handle, CURLOPT_HEADERFUNCTION) { _, size, count, context in
            guard let context else { return 0 }
            let received = Unmanaged<Received>.fromOpaque(context).takeUnretainedValue()
            received.headers += size * count
            return received.headers <= headersAtMost ? size * count : 0
        },
    ]
    return results.allSatisfy { $0 == CURLE_OK }
}

private func words(_ result: CURLcode, _ request: TokenRequest) -> String {
    switch result {
    case CURLE_COULDNT_RESOLVE_HOST:
        "its name cannot be looked up; check oauth_token_endpoint and the name server"
    case CURLE_COULDNT_CONNECT: "nobody answers there; check oauth_token_endpoint and the firewall"
    case CURLE_OPERATION_TIMEDOUT: "it did not answer in \(request.seconds) seconds"
    case CURLE_PEER_FAILED_VERIFICATION:
        "its certificate is not to be trusted (name, issuer or date); check oauth_token_endpoint and oauth_trust_file"
    case CURLE_SSL_CACERT_BADFILE:
        request.trustFile.map { "oauth_trust_file \($0) is no readable file of certificates" }
            ?? "this system has no trusted certificates; install the package ca-certificates"
    case CURLE_SSL_CONNECT_ERROR: "no TLS session can be had with it"
    case CURLE_WRITE_ERROR: "its answer is too long"
    case CURLE_URL_MALFORMAT: "oauth_token_endpoint is no https URL"
    case CURLE_UNSUPPORTED_PROTOCOL, CURLE_WEIRD_SERVER_REPLY:
        "it does not speak HTTP; check oauth_token_endpoint"
    default: String(cString: curl_easy_strerror(result))
    }
}
