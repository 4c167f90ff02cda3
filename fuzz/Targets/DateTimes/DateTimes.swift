// Dates: what the C library says of any moment in any zone.
import FuzzSupport
import Glibc
import MailCore

@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    run(start, count) { bytes in
        let numbers = [bytes.prefix(8), bytes.dropFirst(8).prefix(8)].map { digits in
            Int(truncatingIfNeeded: digits.reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
        }
        let date = DateTime(secondsSinceEpoch: numbers[0], offsetSeconds: numbers[1])
        var local = date.secondsSinceEpoch + date.offsetMinutes * 60
        var fields = tm()
        gmtime_r(&local, &fields)
        demand(date.fieldValue == text(fields, zone: date.offsetMinutes), "\(date.fieldValue) is the date")
    }
}

private func text(_ date: tm, zone: Int) -> String {
    let weekday = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"][Int(date.tm_wday)]
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    let time = [date.tm_hour, date.tm_min, date.tm_sec].map { digits(Int($0), 2) }.joined(separator: ":")
    let offset = (zone < 0 ? "-" : "+") + digits(abs(zone) / 60 * 100 + abs(zone) % 60, 4)
    return "\(weekday), \(date.tm_mday) \(months[Int(date.tm_mon)]) \(digits(Int(date.tm_year) + 1900, 4)) "
        + "\(time) \(offset)"
}

private func digits(_ number: Int, _ width: Int) -> String {
    String(String(repeating: "0", count: width) + String(number)).suffix(max(width, String(number).count))
        .description
}
