// The Date field for moments of all kinds, by plain arithmetic.
import MailCore
import Testing

struct DateTimeTests {
    @Test(
        "dates as other programs tell them",
        arguments: [
            (1_795_229_095, 0, "Sat, 21 Nov 2026 02:44:55 +0000"),
            (0, 0, "Thu, 1 Jan 1970 00:00:00 +0000"), (-1, 0, "Wed, 31 Dec 1969 23:59:59 +0000"),
            (0, -5 * 3600, "Wed, 31 Dec 1969 19:00:00 -0500"), (0, 19_800, "Thu, 1 Jan 1970 05:30:00 +0530"),
            (0, -12_600, "Wed, 31 Dec 1969 20:30:00 -0330"),
            (951_782_400, 0, "Tue, 29 Feb 2000 00:00:00 +0000"),
            (951_868_799, 0, "Tue, 29 Feb 2000 23:59:59 +0000"),
            (951_868_800, 0, "Wed, 1 Mar 2000 00:00:00 +0000"),
            (1_709_164_800, 3600, "Thu, 29 Feb 2024 01:00:00 +0100"),
            (-2_203_891_200, 0, "Thu, 1 Mar 1900 00:00:00 +0000"),
            (-2_203_977_600, 0, "Wed, 28 Feb 1900 00:00:00 +0000"),
            (4_102_444_800, 0, "Fri, 1 Jan 2100 00:00:00 +0000"),
            (880_127_706, -21_600, "Fri, 21 Nov 1997 09:55:06 -0600"),
        ])
    func formats(seconds: Int, offset: Int, expected: String) {
        #expect(DateTime(secondsSinceEpoch: seconds, offsetSeconds: offset).fieldValue == expected)
    }

    @Test(arguments: [Int.min, Int.max])
    func staysWithinFourDigits(seconds: Int) {
        for offset in [Int.min, 0, Int.max] {
            let parts = DateTime(secondsSinceEpoch: seconds, offsetSeconds: offset).fieldValue.split(
                separator: " ")
            #expect(parts.count == 6)
            #expect(parts[3] == (seconds < 0 ? "0000" : "9999"))
        }
    }

    @Test("each day of 30 years follows the one before it")
    func countsDays() {
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let weekdays = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
        var (year, month, day) = (1970, 1, 1)
        for count in 0..<30 * 366 {
            let expected = "\(weekdays[count % 7]), \(day) \(months[month - 1]) \(year) 00:00:00 +0000"
            #expect(DateTime(secondsSinceEpoch: count * 86_400).fieldValue == expected)
            let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
            let length = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]
            day += 1
            if day > length { (month, day) = (month + 1, 1) }
            if month > 12 { (year, month) = (year + 1, 1) }
        }
    }
}
