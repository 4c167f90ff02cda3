// The forms an argument can have, and for each what is allowed, in words. One place makes the message of
// a bad argument, so that all of them read alike and none shows a secret.

/// What a key's argument must look like.
enum ArgumentForm: Equatable, Sendable {
    case nothing
    /// `on` or `off`; empty is on.
    case flag
    /// One of some words; the second says what an empty argument means, if it may be empty.
    case keyword([String], empty: String?)
    case number(ClosedRange<Int>)
    /// A number that an empty argument takes back.
    case optionalNumber(ClosedRange<Int>)
    /// `off` or seconds.
    case seconds
    /// Any text; empty takes the setting back.
    case text
    /// A shell command; empty takes the setting back.
    case command
    case secret
    /// An absolute path or `~/…`; empty takes the setting back if it may.
    case path(mayBeEmpty: Bool)
    /// A path or one of these words.
    case pathOr(word: String)
    /// A name or address that an empty argument takes back.
    case host
    /// Names or addresses between blanks or commas, each with a port if need be.
    case hosts
    /// What stands in EHLO; %H, %C and %M are allowed.
    case helloDomain
    /// An address or a wildcard pattern; %F, %U, %H, %C and %M are allowed.
    case sender
    case ipAddress
    case fingerprint
    case dsnConditions
    case syslogFacility
    /// A number of bytes with k, M or G.
    case size
    /// `off` or a duration such as 90, 30s, 5m, 2h, 7d.
    case durationOrOff
    case durations
    /// `off` or messages in a period.
    case rate
    /// A duration for each of some phases of a session.
    case phaseTimes
    /// Names between commas or blanks.
    case names
    /// Names of header fields; empty takes the setting back if it may.
    case fieldNames(mayBeEmpty: Bool)
    case listener
    /// A file, a credential, or a variable that names a file.
    case keySource
    /// The same for a secret that is no key; empty takes the setting back.
    case secretFile
    /// Empty takes the setting back.
    case httpsURL
    case selector
    case domain
    /// `auto`, `off`, `*` or a domain; empty takes the setting back.
    case signingChoice
    case canonicalization
    /// A number of days or `off`.
    case days
    case identity

    /// What is allowed, as it stands in messages.
    var allowed: String {
        switch self {
        case .nothing: "no argument"
        case .flag: "on, off"
        case .keyword(let words, _): words.joined(separator: ", ")
        case .number(let range), .optionalNumber(let range):
            "a number from \(range.lowerBound) to \(range.upperBound)"
        case .seconds: "off or a number of seconds, at least 1"
        case .text: "any text"
        case .command: "a command"
        case .secret: "any text"
        case .path: "an absolute path, or one that begins with ~/"
        case .pathOr(let word): "\(word), an absolute path, or one that begins with ~/"
        case .host: "one host name or address"
        case .hosts: "host names or addresses with blanks between them, each with :PORT if need be"
        case .helloDomain: "one domain name, in which %H, %C and %M are replaced"
        case .sender: "one address such as user@example.org, or a pattern with * ? or ["
        case .ipAddress: "an IPv4 or IPv6 address"
        case .fingerprint:
            "SHA-256 or SHA-1 as pairs of hexadecimal digits, with colons between them or without"
        case .dsnConditions: "off, never, or a list of failure, delay and success with commas between them"
        case .syslogFacility: "on, off, LOG_MAIL, LOG_USER, LOG_LOCAL0 to LOG_LOCAL7"
        case .size: "a number of bytes, with k, M or G for its multiples"
        case .durationOrOff: "off or a duration such as 90, 30s, 5m, 2h"
        case .rate: "off, or messages a second, minute, hour or day: 10/s, 30/m, 500/h, 10000/d"
        case .phaseTimes: "PHASE=DURATION with blanks between them, PHASE one of \(RelayPhase.names)"
        case .durations: "durations such as 30s 5m 2h 1d with blanks between them"
        case .names: "names with commas between them"
        case .fieldNames: "names of header fields with commas between them"
        case .listener: "submit unix:PATH [user=USER] [group=GROUP] [mode=0660]"
        case .httpsURL: "a URL such as https://example.org/token"
        case .keySource, .secretFile:
            "an absolute path, one that begins with ~/, credential:NAME, or env:VARIABLE"
        case .selector: "a selector such as s2026: letters, digits, hyphens and dots"
        case .domain: "one domain such as example.org"
        case .signingChoice: "auto, off, * or the domain of a dkim section"
        case .canonicalization: "HEADER/BODY, each simple or relaxed, such as relaxed/relaxed"
        case .days: "off or a number of days, at least 1"
        case .identity: "an address in the signing domain or below it, such as @example.org"
        }
    }
}

/// A bad argument, as the text of its message.
struct InvalidArgument: Error, Equatable {
    let text: String

    init(text: String) { self.text = text }

    init(_ argument: String, form: ArgumentForm) {
        var text = "\"\(argument)\" is not allowed; allowed: \(form.allowed)"
        if argument.contains(" #") || argument.contains("\t#") {
            text += " (a comment needs a line of its own)"
        }
        self.text = text
    }

    static func missing(_ form: ArgumentForm) -> InvalidArgument {
        InvalidArgument(text: "needs an argument: \(form.allowed)")
    }
}
