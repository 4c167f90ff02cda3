// smarthostd: reads its options and runs the daemon on this thread.
import LinuxIO

switch Options.parse(Array(CommandLine.arguments.dropFirst())) {
case .failure(let problem):
    writeToStandardError("smarthostd: \(problem.text)\n")
    exitProcess(64)
case .success(let options):
    if let text = options.answer {
        writeToStandardOutput(text)
        exitProcess(0)
    }
    forbidCoreDumps()
    raiseDescriptorLimit()
    keepFreedMemory(2 << 20)
    exitProcess(runDaemon(options))
}
