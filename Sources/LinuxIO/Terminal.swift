// A person at a terminal: whether there is one, and the echo of what is typed.
internal import CLinux

/// The terminal that standard input is.
public enum Terminal {
    /// Does something while what is typed is not shown; where standard input is no terminal, just so.
    public static func withoutEcho<Value, Failure: Error>(
        _ body: () throws(Failure) -> Value
    ) throws(Failure) -> Value {
        var settings = termios()
        guard isatty(0) == 1, tcgetattr(0, &settings) == 0 else { return try body() }
        var hidden = settings
        hidden.c_lflag &= ~tcflag_t(ECHO)
        hidden.c_lflag |= tcflag_t(ECHONL)
        tcsetattr(0, TCSAFLUSH, &hidden)
        defer { tcsetattr(0, TCSAFLUSH, &settings) }
        return try body()
    }
}
