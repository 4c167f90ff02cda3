// smarthost-token: asks a token endpoint over HTTPS for an access token. The daemon starts it and hands the request
// to its standard input; the answer is on its standard output. Nothing secret is in arguments or environment, and
// the daemon need not carry an HTTP client. What cannot be done is said in the answer: exit 64 is for people only.
import Glibc
import OAuth

guard CommandLine.arguments.count == 1, isatty(0) == 0 else {
    writeAll(
        2,
        Array(
            "smarthost-token: started by smarthostd, which hands it a request; it takes no arguments\n".utf8))
    exit(64)
}
forbidCoreDumps()
let input = readAll(0, limit: TokenRequest.sizeAtMost)
let reply = TokenRequest(encoded: input).map(ask) ?? .failed("smarthost-token was given no request")
writeAll(1, reply.encoded)
