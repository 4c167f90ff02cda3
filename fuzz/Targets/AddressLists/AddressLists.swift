// Address lists: an address that was read is read again from the form in which it is sent, problems are one
// line, and local names can be completed.
import FuzzSupport

@testable import MailCore

@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    run(start, count) { bytes in
        let list: AddressList
        do throws(AddressProblem) {
            list = try AddressList(parsing: bytes, limits: .init(mailboxes: 50))
        } catch {
            demand(isOneLine("\(error)"), "a problem is one line: \(error)")
            demand((1...bytes.count + 1).contains(error.column), "a problem has its place: \(error)")
            return
        }
        demand(list.mailboxes.count <= 50, "limits hold")
        for mailbox in list.mailboxes {
            check(mailbox.address)
            demand(isOneLine(mailbox.displayName), "a display name is one line")
        }
        complete(bytes, list)
        let path = try? ReversePath(parsing: bytes)
        demand(list.mailboxes.count < 2 || path == nil, "a reverse-path is one address")
    }
}

private func check(_ address: EmailAddress) {
    demand(isOneLine("\(address)"), "an address is one line")
    demand((try? EmailAddress(parsing: "\(address)".utf8)) == address, "an address comes back: \(address)")
    let inPath = try? EmailAddress(parsing: "<\(address)>".utf8)
    demand(inPath == address, "a path comes back: \(address)")
}

/// What Preparation does to `To: root`.
private func complete(_ bytes: [UInt8], _ list: AddressList) {
    guard let field = HeaderField(bytes: Array("To:".utf8) + bytes) else { return }
    let completed = field.qualifyingNames(with: "example.org")
    let read = try? AddressList(parsing: completed.value)
    demand(
        read?.addresses == list.addresses.map { $0.qualified(with: "example.org") },
        "local names get a domain")
    demand(completed.qualifyingNames(with: "example.net") == completed, "they get it once")
}
