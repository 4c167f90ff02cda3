// swift-tools-version: 6.2
// The modules, in the order of a message's way; see docs/flow.md. Arrows point one way only:
// executables → modules → MailCore → nothing.
import PackageDescription

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

/// The shim is Embedded Swift: no runtime, no dependency, one static file.
let embedded: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
    .enableExperimentalFeature("Embedded"),
    .unsafeFlags(["-wmo", "-Osize", "-Xfrontend", "-function-sections"]),
]
/// swiftc always passes -pie, which clang drops for a static program and says so: that is no warning here.
let staticLinkage: [LinkerSetting] = [
    .unsafeFlags([
        "-Xclang-linker", "-static", "-Xclang-linker", "-Wno-unused-command-line-argument",
        "-Xlinker", "--gc-sections", "-Xlinker", "-s",
    ])
]

/// A user's machine needs no Swift: its libraries are in the program.
let staticSwift: [LinkerSetting] = [.unsafeFlags(["-static-stdlib"])]

func module(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

/// `data`: folders of test messages, which the tests read by path.
func tests(
    of name: String, _ others: [Target.Dependency] = [], data: [String] = []
) -> Target {
    .testTarget(
        name: "\(name)Tests", dependencies: [.target(name: name)] + others, exclude: data,
        swiftSettings: strict)
}

let package = Package(
    name: "smarthost",
    products: [
        .executable(name: "sendmail", targets: ["SendmailShim"]),
        .executable(name: "smarthostd", targets: ["SmarthostDaemon"]),
        .executable(name: "smarthostctl", targets: ["SmarthostControl"]),
        .executable(name: "smarthost-token", targets: ["SmarthostToken"]),
    ],
    targets: [
        // C headers and system libraries.
        .systemLibrary(name: "CLinux"),
        .systemLibrary(name: "COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
        .systemLibrary(
            name: "CSystemd", pkgConfig: "libsystemd", providers: [.apt(["libsystemd-dev"])]),
        .systemLibrary(name: "CGSASL", pkgConfig: "libgsasl", providers: [.apt(["libgsasl-dev"])]),
        .systemLibrary(
            name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(name: "CIDN2", pkgConfig: "libidn2", providers: [.apt(["libidn2-dev"])]),

        // Pure: no C, no I/O, no clock. (Embedded too: the shim compiles these two a second time.)
        module("SubmissionWire"),
        module("SendmailArguments"),
        module("MailCore"),
        module("MailLog"),
        module("MIME", ["MailCore"]),
        module("SmarthostConfiguration", ["MailCore"]),
        module("OAuth"),

        // Each the only importer of its C library.
        module("LinuxIO", ["CLinux"]),
        module("IDNA", ["CIDN2"]),
        module("DKIMCore", ["MailCore", "IDNA", "COpenSSL"]),
        module("TLS", ["COpenSSL"]),
        module("SASL", ["CGSASL"]),
        module("Systemd", ["CSystemd"]),

        // The stations of a message's way.
        module(
            "Submission",
            ["SubmissionWire", "MailCore", "MailLog", "Spool", "LinuxIO", "SmarthostConfiguration"]),
        module("Spool", ["MailCore", "LinuxIO", "CSQLite"]),
        module("SMTPClient", ["MailCore", "LinuxIO", "TLS", "SASL"]),
        module("Maildir", ["MailCore", "LinuxIO"]),
        module("Signing", ["MailCore", "MailLog", "DKIMCore", "IDNA", "LinuxIO", "SmarthostConfiguration"]),
        module(
            "Delivery",
            [
                "MailCore", "MIME", "MailLog", "Spool", "SMTPClient", "TLS", "IDNA", "Maildir", "Signing",
                "DKIMCore", "LinuxIO", "OAuth", "SmarthostConfiguration",
            ]),

        module(
            "ProgramEnvironment",
            ["OAuth", "LinuxIO", "SmarthostConfiguration", "Delivery", "Signing", "TLS"]),

        module(
            "ControlCommands",
            [
                "SubmissionWire", "MailCore", "DKIMCore", "IDNA", "SMTPClient", "TLS", "Maildir", "Signing",
                "Delivery", "Spool", "SmarthostConfiguration", "LinuxIO", "ProgramEnvironment",
            ]),

        // Programs: wiring only.
        .executableTarget(
            name: "SendmailShim", dependencies: ["CLinux"], swiftSettings: embedded,
            linkerSettings: staticLinkage),
        .executableTarget(
            name: "SmarthostDaemon",
            dependencies: [
                "Submission", "Signing", "Delivery", "Spool", "SmarthostConfiguration", "LinuxIO", "Systemd",
                "ProgramEnvironment", "MailLog",
            ],
            swiftSettings: strict, linkerSettings: staticSwift),
        .executableTarget(
            name: "SmarthostControl", dependencies: ["ControlCommands", "LinuxIO"],
            swiftSettings: strict, linkerSettings: staticSwift),

        // The only one that carries an HTTP client.
        .executableTarget(
            name: "SmarthostToken", dependencies: ["OAuth", "CCurl"], swiftSettings: strict,
            linkerSettings: staticSwift),

        // What `make bench` runs; not installed.
        .executableTarget(
            name: "Benchmarks",
            dependencies: ["CLinux", "LinuxIO", "TLS", "DKIMCore", "MailCore", "SubmissionWire"],
            path: "bench/Benchmarks", swiftSettings: strict),

        tests(of: "SubmissionWire"),
        tests(of: "SendmailArguments"),
        // Runs the built program; a dependency on it would make the test program static too.
        .testTarget(
            name: "ShimTests", dependencies: ["SubmissionWire"], swiftSettings: strict),
        // Runs the built programs against real servers: tools/test.
        .testTarget(
            name: "Interop", dependencies: ["DKIMCore", "MailCore", "TestSupport"], path: "Tests/Interop",
            swiftSettings: strict),
        tests(of: "MailCore", data: ["Golden"]),
        tests(of: "MailLog"),
        tests(of: "MIME", ["MailCore"], data: ["Golden"]),
        tests(of: "SmarthostConfiguration", ["MailCore"], data: ["RealFiles"]),
        tests(of: "LinuxIO", ["TestSupport"]),
        tests(of: "ProgramEnvironment", ["LinuxIO", "Signing", "SmarthostConfiguration", "TestSupport"]),
        tests(of: "DKIMCore", ["MailCore", "TestSupport"]),
        tests(of: "TLS"),
        // libgsasl has the server side too, which answers the client here.
        tests(of: "SASL", ["CGSASL"]),
        tests(
            of: "Submission",
            [
                "MailCore", "MailLog", "Spool", "LinuxIO", "SubmissionWire", "SmarthostConfiguration",
                "TestSupport",
            ]),
        tests(of: "Spool", ["MailCore", "LinuxIO", "TestSupport"]),
        tests(of: "SMTPClient", ["MailCore", "LinuxIO", "TLS", "SASL", "TestSupport"]),
        tests(of: "Maildir", ["MailCore", "LinuxIO"]),
        tests(
            of: "ControlCommands",
            [
                "DKIMCore", "MailCore", "SubmissionWire", "SmarthostConfiguration", "ProgramEnvironment",
                "LinuxIO",
                "Spool", "TLS", "TestSupport",
            ]),
        tests(of: "IDNA"),
        tests(of: "OAuth"),
        tests(
            of: "Signing",
            ["MailCore", "MailLog", "DKIMCore", "LinuxIO", "SmarthostConfiguration", "TestSupport"]),
        tests(
            of: "Delivery",
            [
                "MailCore", "MIME", "MailLog", "Maildir", "Spool", "SMTPClient", "TLS", "Signing", "DKIMCore",
                "LinuxIO", "OAuth", "SmarthostConfiguration", "TestSupport",
            ]),
        // Runs the built programs, as ShimTests does.
        .testTarget(
            name: "DaemonTests", dependencies: ["DKIMCore", "MailCore", "SubmissionWire", "TestSupport"],
            swiftSettings: strict),
        // What several test targets share: temporary folders, a relay with a script, running programs.
        .target(
            name: "TestSupport",
            dependencies: ["MailCore", "DKIMCore", "LinuxIO", "SmarthostConfiguration", "TLS"],
            path: "Tests/TestSupport", swiftSettings: strict),
    ]
)

// `tools/fuzz` alone sets FUZZ: then each folder of fuzz/Targets is a program of libFuzzer, and the modules are
// built for it. Any other build knows nothing of them.
if Context.environment["FUZZ"] != nil {
    func fuzzer(_ name: String, of modules: String...) -> Target {
        .executableTarget(
            name: "Fuzz\(name)", dependencies: (["FuzzSupport"] + modules).map { .target(name: $0) },
            path: "fuzz/Targets/\(name)",
            swiftSettings: strict + [.unsafeFlags(["-parse-as-library"])])
    }
    let needed: Set = [
        "CLinux", "COpenSSL", "CGSASL", "CIDN2", "SubmissionWire", "SendmailArguments", "MailCore",
        "SmarthostConfiguration", "LinuxIO", "IDNA", "DKIMCore", "TLS", "SASL", "SMTPClient",
    ]
    package.products = []
    package.targets.removeAll { !needed.contains($0.name) }
    package.targets += [
        .target(name: "FuzzSupport", path: "fuzz/Support", swiftSettings: strict),
        fuzzer("LineEnds", of: "MailCore"),
        fuzzer("Headers", of: "MailCore"),
        fuzzer("AddressLists", of: "MailCore"),
        fuzzer("EncodedWords", of: "MailCore"),
        fuzzer("DateTimes", of: "MailCore"),
        fuzzer("Base64", of: "MailCore"),
        fuzzer("DotStuffing", of: "MailCore"),
        fuzzer("Replies", of: "MailCore"),
        fuzzer("TagLists", of: "DKIMCore"),
        fuzzer("KeyRecords", of: "DKIMCore"),
        fuzzer("ReceivedSignatures", of: "DKIMCore", "MailCore"),
        fuzzer("Canonicalizations", of: "DKIMCore", "MailCore"),
        fuzzer("SignedMessages", of: "DKIMCore", "MailCore"),
        fuzzer("SessionOpenings", of: "SMTPClient", "TLS", "MailCore"),
        fuzzer("MailTransactions", of: "SMTPClient", "MailCore"),
        fuzzer("SubmissionFrames", of: "SubmissionWire"),
        fuzzer("CommandLines", of: "SendmailArguments"),
        fuzzer("Configurations", of: "SmarthostConfiguration", "MailCore"),
    ]
}
