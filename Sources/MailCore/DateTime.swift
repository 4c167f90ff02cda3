// The date-time of RFC 5322 3.3, by arithmetic alone: no clock, no time zone database. Never throws.

/// A moment and the zone it is told in.
public struct DateTime: Hashable, Sendable {
    public let secondsSinceEpoch: Int
    /// Minutes east of UTC; the format knows no finer zones.
    public let offsetMinutes: Int

    /// Moments beyond the years 0 to 9999, which the format cannot tell, become the nearest it can;
    /// likewise an offset of more than a day.
    public init(secondsSinceEpoch: Int, offsetSeconds: Int = 0) {
        self.secondsSinceEpoch = min(max(secondsSinceEpoch, -62_167_046_400), 253_402_128_000)
        offsetMinutes = min(max(offsetSeconds / 60, -1439), 1439)
    }

    /// As a Date field tells it: `Sat, 21 Nov 2026 02:44:55 +0000`.
    public var fieldValue: String {
        let local = secondsSinceEpoch + offsetMinutes * 60
        let day = Self.floorDivide(local, 86_400)
        let second = local - day * 86_400
        let (year, month, dayOfMonth) = Self.civilDate(daysSinceEpoch: day)
        let weekday = Self.weekdays[(day % 7 + 11) % 7]  // day 0 was a Thursday
        let time = [second / 3600, second / 60 % 60, second % 60].map { Self.digits($0, 2) }
        return "\(weekday), \(dayOfMonth) \(Self.months[month - 1]) \(Self.digits(year, 4)) "
            + time.joined(separator: ":") + " \(zone)"
    }

    private var zone: String {
        let minutes = abs(offsetMinutes)
        return (offsetMinutes < 0 ? "-" : "+") + Self.digits(minutes / 60, 2) + Self.digits(minutes % 60, 2)
    }

    private static let weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// The proleptic Gregorian date. Years are counted from March here, so that a leap day is the
    /// last of its year; 400 years have 146,097 days, and 1970-01-01 is day 719,468 of year 0.
    private static func civilDate(daysSinceEpoch: Int) -> (year: Int, month: Int, day: Int) {
        let days = daysSinceEpoch + 719_468
        let era = floorDivide(days, 146_097)
        let dayOfEra = days - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        let day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
    }

    private static func floorDivide(_ value: Int, _ divisor: Int) -> Int {
        value >= 0 ? value / divisor : -((-value + divisor - 1) / divisor)
    }

    private static func digits(_ value: Int, _ width: Int) -> String {
        let text = String(value)
        return String(repeating: "0", count: max(0, width - text.count)) + text
    }
}
