// A point in time as an argument tells it: seconds since 1970, or a date of RFC 3339 with or without a time.
// Throws CommandFailure for anything else.
import MailCore

enum Moment {
    /// `1795229095`, `2026-11-21`, `2026-11-21T02:44:55Z`; without a zone it is UTC.
    static func seconds(_ text: String) throws(CommandFailure) -> Int64 {
        if let seconds = Int64(text), seconds >= 0 { return seconds }
        guard let seconds = date(text) else {
            throw CommandFailure(
                ExitCode.usage,
                "'\(text)' is no time; write seconds since 1970, 2026-11-21 or 2026-11-21T02:44:55Z")
        }
        return seconds
    }

    private static func date(_ text: String) -> Int64? {
        let halves = text.split(maxSplits: 1, omittingEmptySubsequences: false) { $0 == "T" || $0 == " " }
        let day = numbers(halves[0], widths: [4, 2, 2], "-")
        guard let day, (1970...9999).contains(day[0]), (1...12).contains(day[1]) else { return nil }
        guard (1...lastDay(ofMonth: day[1], day[0])).contains(day[2]) else { return nil }
        let midnight = days(day[0], day[1], day[2]) * 86_400
        guard halves.count == 2 else { return midnight }
        let clock = halves[1].last == "Z" ? halves[1].dropLast() : halves[1]
        guard let time = numbers(clock, widths: [2, 2, 2], ":"),
            time[0] < 24, time[1] < 60, time[2] < 60
        else { return nil }
        return midnight + time[0] * 3600 + time[1] * 60 + time[2]
    }

    private static func numbers(_ text: Substring, widths: [Int], _ separator: Character) -> [Int64]? {
        let parts = text.split(separator: separator, omittingEmptySubsequences: false)
        let isGood = parts.map(\.utf8.count) == widths && parts.joined().utf8.allSatisfy(ASCII.isDigit)
        return isGood ? parts.compactMap { Int64($0) } : nil
    }

    private static func lastDay(ofMonth month: Int64, _ year: Int64) -> Int64 {
        let (nextYear, next) = month == 12 ? (year + 1, 1) : (year, month + 1)
        return days(nextYear, next, 1) - days(year, month, 1)
    }

    /// Days since 1970-01-01, counted from March so that a leap day ends its year.
    private static func days(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        let years = month > 2 ? year : year - 1
        let monthFromMarch = (month + 9) % 12
        let dayOfYear = (153 * monthFromMarch + 2) / 5 + day - 1
        return years * 365 + years / 4 - years / 100 + years / 400 + dayOfYear - 719_468
    }
}
