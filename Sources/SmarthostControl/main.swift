// smarthostctl, also as dkimsign and dkimverify by its name: the library module ControlCommands has it all, so that tests can reach it.
import ControlCommands
import LinuxIO

forbidCoreDumps()
exitProcess(
    ControlProgram.run(as: CommandLine.arguments.first ?? "", Array(CommandLine.arguments.dropFirst())))
