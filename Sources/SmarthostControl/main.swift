// smarthostctl: the library module ControlCommands has it all, so that tests can reach it.
import ControlCommands
import LinuxIO

forbidCoreDumps()
exitProcess(ControlProgram.run(Array(CommandLine.arguments.dropFirst())))
