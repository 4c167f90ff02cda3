// Names for files that no other test uses.
import LinuxIO

/// A path in the temporary folder that no other test uses.
func temporaryPath(_ name: String) -> String {
    "/tmp/smarthost-test-\(Host.processID)-\(UInt64.random(in: 0 ... .max))-\(name)"
}
