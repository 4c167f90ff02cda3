// Shell patterns as fnmatch(3) reads them without flags: `*`, `?`, `[a-z]`, `[!a-z]`, backslash. It works on
// characters and needs time in the product of the lengths at most.

enum Wildcard {
    static func matches(_ pattern: String, _ text: String) -> Bool {
        let pattern = Array(pattern.unicodeScalars)
        let text = Array(text.unicodeScalars)
        var p = 0
        var t = 0
        // Where to go on after a mismatch: behind the last star, one character further in the text.
        var retry: (p: Int, t: Int)?
        while t < text.count {
            if p < pattern.count, pattern[p] == "*" {
                p += 1
                retry = (p, t)
            } else if let next = step(pattern, p, text[t]) {
                p = next
                t += 1
            } else if let again = retry {
                p = again.p
                t = again.t + 1
                retry = (p, t)
            } else {
                return false
            }
        }
        return pattern[p...].allSatisfy { $0 == "*" }
    }

    /// The position behind the pattern's element at `p` if that takes the scalar, else nil.
    private static func step(_ pattern: [Unicode.Scalar], _ p: Int, _ scalar: Unicode.Scalar) -> Int? {
        guard p < pattern.count else { return nil }
        switch pattern[p] {
        case "?": return p + 1
        case "[":
            guard let (set, next) = bracket(pattern, p) else { return scalar == "[" ? p + 1 : nil }
            return set.contains(scalar) ? next : nil
        case "\\" where p + 1 < pattern.count: return pattern[p + 1] == scalar ? p + 2 : nil
        default: return pattern[p] == scalar ? p + 1 : nil
        }
    }

    private struct BracketSet {
        var isNegated = false
        var ranges: [ClosedRange<Unicode.Scalar>] = []

        func contains(_ scalar: Unicode.Scalar) -> Bool {
            ranges.contains { $0.contains(scalar) } != isNegated
        }
    }

    /// The set that opens at `p` and the position behind it; nil where no bracket closes it.
    private static func bracket(_ pattern: [Unicode.Scalar], _ p: Int) -> (BracketSet, Int)? {
        var set = BracketSet()
        var i = p + 1
        if i < pattern.count, pattern[i] == "!" || pattern[i] == "^" {
            set.isNegated = true
            i += 1
        }
        let first = i
        while i < pattern.count, pattern[i] != "]" || i == first {
            let isRange = i + 2 < pattern.count && pattern[i + 1] == "-" && pattern[i + 2] != "]"
            let upper = isRange ? pattern[i + 2] : pattern[i]
            if pattern[i] <= upper { set.ranges.append(pattern[i]...upper) }
            i += isRange ? 3 : 1
        }
        return i < pattern.count ? (set, i + 1) : nil
    }
}
