// The table of commands, the help that is made of it, and the manual pages that have to say the same.
import LinuxIO
import TestSupport
import Testing

@testable import ControlCommands

@Suite struct CommandTableTests {
    private static let root = #filePath.split(separator: "/").dropLast(3).map { "/" + $0 }.joined()

    private static func lines(of path: String) throws -> [String] {
        String(decoding: try Files.read("\(root)/\(path)", limit: 1_000_000), as: UTF8.self)
            .split(separator: "\n").map(String.init)
    }

    /// What follows a macro in a page's line: `-config` after `Fl`.
    private static func arguments(of macro: String, in line: String) -> [String] {
        let words = line.split(separator: " ").map(String.init)
        return words.indices.dropLast().filter { words[$0] == macro }.map { words[$0 + 1] }
    }

    /// Commands with their options, from the lines `.It Ic queue show Oo Fl -socket Ar path Oc …`.
    private static func described() throws -> [String: Set<String>] {
        var commands: [String: Set<String>] = [:]
        for line in try lines(of: "docs/man/smarthostctl.8") where line.hasPrefix(".It Ic ") {
            let words = line.split(separator: " ").dropFirst(2)
            let name = words.prefix { $0.first?.isLowercase == true }.joined(separator: " ")
            #expect(commands[name] == nil, "\(name) is described twice")
            commands[name] = Set(arguments(of: "Fl", in: line).map { "-" + $0 })
        }
        return commands
    }

    @Test func manualAndTableAgree() throws {
        var table: [String: Set<String>] = [:]
        for command in CommandTable.commands { table[command.name] = Set(command.options.map(\.name)) }
        let described = try Self.described()
        #expect(Set(described.keys).symmetricDifference(table.keys).sorted() == [])
        for (name, options) in table { #expect(described[name] == options, "\(name)") }
    }

    @Test func theDaemonsManualAndUsageAgree() throws {
        let source = try Self.lines(of: "Sources/SmarthostDaemon/Options.swift")
        let usage = source.drop { !$0.contains("static let usage") }.prefix { !$0.contains("static func") }
        let options = usage.compactMap { $0.split(separator: " ").first }.filter { $0.hasPrefix("--") }
        let page = try Self.lines(of: "docs/man/smarthostd.8").filter { $0.hasPrefix(".It Fl ") }
        let described = page.flatMap { Self.arguments(of: "Fl", in: $0) }.map { "-" + $0 }
        #expect(!options.isEmpty)
        #expect(described.sorted() == options.map(String.init).sorted())
    }

    @Test func helpNamesEverything() async throws {
        let overview = try await control("help")
        #expect(overview.code == ExitCode.success)
        for command in CommandTable.commands {
            #expect(overview.output.contains("\n  \(command.name) "))
            let help = try await control("help", command.group)
            #expect(help.output.contains(command.synopsis))
            for option in command.options { #expect(help.output.contains("\n  \(option.synopsis) ")) }
            if command.name == "help" { continue }
            let words = command.name.split(separator: " ").map(String.init)
            let same = try await onLoop { loop in try await control(words + ["--help"], on: loop) }
            #expect(same.output == help.output)
        }
    }

    @Test func aboutItself() async throws {
        #expect(try await control("--help").output == HelpText.overview + "\n")
        #expect(try await control("--version").output == "smarthostctl 0.1.0\n")
    }

    @Test(arguments: [
        ([], "a command is missing; smarthostctl help lists them"),
        (["chekc"], "there is no command 'chekc'; smarthostctl help lists those there are"),
        (["help", "chekc"], "there is no command 'chekc'; smarthostctl help lists those there are"),
        (["dkim"], "dkim needs a subcommand; see smarthostctl help dkim"),
        (["dkim", "singn"], "dkim has no subcommand 'singn'; see smarthostctl help dkim"),
        (["queue", "shwo", "x"], "queue does not take 'x'; see smarthostctl help queue"),
        (["check", "--conect"], "check has no option --conect; see smarthostctl help check"),
        (["check", "--config"], "check wants FILE behind --config; see smarthostctl help check"),
    ])
    func unknown(arguments: [String], text: String) async throws {
        let outcome = try await onLoop { loop in try await control(arguments, on: loop) }
        #expect(outcome.code == ExitCode.usage)
        #expect(outcome.complaints == [text])
        #expect(outcome.output == "")
    }

    @Test func wordsBehindTheDashesAreNoOptions() throws {
        let command = try #require(CommandTable.commands.first { $0.name == "send" })
        let arguments = try CommandArguments(["a", "--debug", "--", "--from", "-"], for: command)
        #expect(arguments.words == ["a", "--from", "-"])
        #expect(arguments["--debug"] != nil)
        #expect(arguments["--from"] == nil)
    }

    /// `dkim record` reads the key that a configuration names.
    @Test func recordOfAConfiguredKey() async throws {
        let outcome = try await onLoop { loop in
            try await control(["dkim", "record", "example.org", "--config", "conf"], on: loop) { world in
                let made = try TestWorld.withKey()
                world.files = made.files
                world.keys = [.init(selector: "s1", source: .file("k.pem"))]
            }
        }
        #expect(outcome.code == ExitCode.success)
        #expect(outcome.output.contains("s1._domainkey.example.org"))
    }
}
