// `dkim rotate DOMAIN`: what to ask the daemon, which has the keys and makes the next ones. Throws
// CommandFailure.
import SubmissionWire

enum DKIMRotate {
    static func request(_ arguments: CommandArguments) throws(CommandFailure) -> SubmissionRequest {
        try arguments.require(1...1)
        let isCancelled = arguments["--cancel"] != nil
        var words = arguments.words
        if let selector = arguments["--selector"] {
            guard !isCancelled else {
                throw CommandFailure(
                    ExitCode.usage,
                    "dkim rotate takes --selector or --cancel, not both; see smarthostctl help dkim")
            }
            words.append(selector)
        }
        var request = SubmissionRequest(isCancelled ? .cancelRotation : .rotateKey)
        request.arguments = words.map { Array($0.utf8) }
        return request
    }
}
