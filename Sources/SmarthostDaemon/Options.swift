// smarthostd's command line; docs/man/smarthostd.8 describes the same options.

struct Options {
    /// `--config`: the configuration file, where one is named.
    var configurationFile: String?
    /// What `--help` or `--version` print.
    var answer: String?

    struct Problem: Error {
        let text: String
    }

    static let version = "0.1.0"

    static let usage = """
        usage: smarthostd [--config FILE]

          --config FILE   the configuration; else SMARTHOST_CONFIG, else MSMTPCONFIGFILE, else
                          /etc/smarthost/smarthost.conf, else mail goes into a local Maildir
          --help          this text
          --version       the version

        """

    static func parse(_ arguments: [String]) -> Result<Options, Problem> {
        var options = Options()
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            switch argument {
            case "--help": options.answer = usage
            case "--version": options.answer = "smarthostd \(version)\n"
            case "--config":
                guard let path = rest.popFirst() else {
                    return .failure(Problem(text: "--config needs the path of a file"))
                }
                options.configurationFile = path
            case _ where argument.hasPrefix("--config="):
                options.configurationFile = String(argument.dropFirst("--config=".count))
            default:
                return .failure(Problem(text: "unknown argument '\(argument)'; see smarthostd --help"))
            }
        }
        return .success(options)
    }
}
