// `dkim status [DOMAIN]`: what to ask the daemon. Throws CommandFailure.
import SubmissionWire

enum DKIMStatus {
    static func request(_ arguments: CommandArguments) throws(CommandFailure) -> SubmissionRequest {
        try arguments.require(0...1)
        var request = SubmissionRequest(.keyStatus)
        request.arguments = arguments.words.map { Array($0.utf8) }
        return request
    }
}
