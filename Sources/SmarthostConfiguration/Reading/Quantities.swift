// Numbers, sizes and durations in arguments.

extension ArgumentParser {
    /// The value of a form that is a quantity; nil where the form is another.
    func quantity(_ argument: String, _ form: ArgumentForm) throws(InvalidArgument) -> Value? {
        switch form {
        case .number(let range), .optionalNumber(let range):
            guard let number = Self.number(argument), range.contains(number) else { break }
            return .number(number)
        case .size:
            guard let size = Self.size(argument) else { break }
            return .number(size)
        case .rate:
            if argument == "off" { return .flag(false) }
            guard let rate = Self.rate(argument) else { break }
            return .rate(rate)
        case .phaseTimes:
            guard let times = Self.phaseTimes(argument) else { break }
            return .phaseTimes(times)
        case .seconds, .durationOrOff, .days:
            if argument == "off" { return .flag(false) }
            guard let duration = Self.period(argument, form) else { break }
            return .duration(duration)
        case .durations:
            let durations = Self.words(argument).compactMap(Self.duration)
            guard durations.count == Self.words(argument).count else { break }
            return .durations(durations)
        default:
            return nil
        }
        throw InvalidArgument(argument, form: form)
    }

    private static func period(_ text: String, _ form: ArgumentForm) -> Duration? {
        switch form {
        case .seconds: number(text).flatMap { (1...Int(Int32.max)).contains($0) ? .seconds($0) : nil }
        case .days: number(text).flatMap { (1...3650).contains($0) ? .seconds($0 * 86_400) : nil }
        default: duration(text)
        }
    }

    /// `30/m`.
    private static func rate(_ text: String) -> RateLimit? {
        let halves = text.split(separator: "/", omittingEmptySubsequences: false)
        guard halves.count == 2, let unit = RateLimit.Unit(rawValue: String(halves[1])),
            let messages = number(halves[0]), (1...RateLimit.most).contains(messages)
        else { return nil }
        return RateLimit(messages: messages, unit: unit)
    }

    /// `connect=30s end_of_data=20m`, each phase once.
    private static func phaseTimes(_ text: String) -> [RelayPhase: Duration]? {
        var times: [RelayPhase: Duration] = [:]
        for word in words(text) {
            let halves = word.split(separator: "=", omittingEmptySubsequences: false)
            guard halves.count == 2, let phase = RelayPhase(rawValue: String(halves[0])),
                times[phase] == nil, let limit = duration(halves[1])
            else { return nil }
            times[phase] = limit
        }
        return times
    }

    /// Decimal digits and nothing else.
    static func number(_ text: some StringProtocol) -> Int? {
        guard !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return Int(text)
    }

    /// `25M`: a positive number of bytes, a letter for multiples of 1024.
    static func size(_ text: String) -> Int? {
        scaled(text) { unit in
            switch unit {
            case "k", "K": 1 << 10
            case "M": 1 << 20
            case "G": 1 << 30
            default: nil
            }
        }
    }

    /// `90` or `90s`, `5m`, `2h`, `1d`: positive and at most ten years.
    static func duration(_ text: some StringProtocol) -> Duration? {
        let seconds = scaled(String(text)) { unit in
            switch unit {
            case "s": 1
            case "m": 60
            case "h": 3600
            case "d": 86_400
            default: nil
            }
        }
        guard let seconds, seconds <= 3650 * 86_400 else { return nil }
        return .seconds(seconds)
    }

    private static func scaled(_ text: String, unit: (Character) -> Int?) -> Int? {
        guard let last = text.last else { return nil }
        let factor = unit(last)
        guard let count = number(factor == nil ? text[...] : text.dropLast()), count > 0 else { return nil }
        let (product, overflow) = count.multipliedReportingOverflow(by: factor ?? 1)
        return overflow ? nil : product
    }

    /// The words between commas and blanks.
    static func words(_ text: String) -> [Substring] {
        text.split { $0 == "," || $0 == " " || $0 == "\t" }
    }
}
