// Which file is the configuration: the one place that decides it.

/// Where the configuration is to be had.
public enum ConfigurationLocation: Equatable, Sendable {
    /// A file that somebody named, and how: it has to be there.
    case named(path: String, by: String)
    /// The usual place, where nothing need be.
    case standard(path: String)

    public static let standardPath = "/etc/smarthost/smarthost.conf"

    /// --config, else SMARTHOST_CONFIG, else MSMTPCONFIGFILE, else the usual place.
    public static func choose(
        argument: String?, environment: (_ name: String) -> String?
    ) -> ConfigurationLocation {
        if let argument { return .named(path: argument, by: "--config") }
        for name in ["SMARTHOST_CONFIG", "MSMTPCONFIGFILE"] {
            if let path = environment(name), !path.isEmpty { return .named(path: path, by: name) }
        }
        return .standard(path: standardPath)
    }

    public var path: String {
        switch self {
        case .named(let path, _), .standard(let path): path
        }
    }
}
