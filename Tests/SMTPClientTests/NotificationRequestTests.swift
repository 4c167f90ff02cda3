// What NOTIFY, RET, ENVID and ORCPT look like on the wire (RFC 3461 4, RFC 6533 3).
import MailCore
import Testing

@testable import SMTPClient

@Suite struct NotificationRequestTests {
    @Test(
        "an envelope identifier is xtext of at most 100 characters",
        arguments: [
            ("QQ314159", "QQ314159"), ("a b", "a+20b"), ("1+1=2", "1+2B1+3D2"), ("", nil), ("caf\u{E9}", nil),
            ("a\r\nRSET", nil), (String(repeating: "x", count: 100), String(repeating: "x", count: 100)),
            (String(repeating: "x", count: 101), nil), (String(repeating: "+", count: 34), nil),
        ] as [(String, String?)])
    func envelopeID(text: String, encoded: String?) {
        #expect(NotificationRequest.EnvelopeID(text)?.encoded == encoded)
    }

    @Test(
        "wishes",
        arguments: [
            (nil, nil), (.never, "NOTIFY=NEVER"), (.on([]), nil),
            (.on([.delay, .failure, .success]), "NOTIFY=SUCCESS,FAILURE,DELAY"),
        ] as [(NotificationRequest.Wish?, String?)])
    func wishes(wish: NotificationRequest.Wish?, parameter: String?) {
        let address = EmailAddress(localPart: "a", domain: "example.net")
        let parameters = NotificationRequest(wish).recipientParameters(of: address)
        #expect(parameters == [parameter, "ORCPT=rfc822;a@example.net"].compactMap(\.self))
    }

    @Test(
        "original recipients",
        arguments: [
            ("a", "ORCPT=rfc822;a@example.net"), ("a+b", "ORCPT=rfc822;a+2Bb@example.net"),
            ("a b", "ORCPT=rfc822;\"a+20b\"@example.net"),
            ("caf\u{E9}", "ORCPT=utf-8;caf\\x{E9}@example.net"),
            ("\u{1F600}=", "ORCPT=utf-8;\\x{1F600}\\x{3D}@example.net"),
            (
                String(repeating: "x", count: 481),
                "ORCPT=rfc822;\(String(repeating: "x", count: 481))@example.net"
            ),
            (String(repeating: "x", count: 482), nil),
        ] as [(String, String?)])
    func originals(localPart: String, parameter: String?) {
        let recipient = EmailAddress(localPart: "new", domain: "example.com")
        let original = EmailAddress(localPart: localPart, domain: "example.net")
        let request = NotificationRequest(originals: [recipient: original])
        #expect(request.recipientParameters(of: recipient) == [parameter].compactMap(\.self))
    }
}
