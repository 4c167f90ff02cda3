// Domain names as the DNS has them. Throws CommandFailure for what is none.
import IDNA

enum DKIMNames {
    /// In lower case, other scripts in their xn-- form.
    static func ascii(_ domain: String) throws(CommandFailure) -> String {
        do throws(InvalidDomainName) {
            return try InternationalDomain.ascii(domain)
        } catch {
            throw CommandFailure(ExitCode.usage, "'\(domain)' is not a domain name: \(error)")
        }
    }
}
