// Base 64 as DKIM writes it (RFC 6376 2.10): folding white space may stand anywhere, padding may lack.
import MailCore

enum Base64 {
    static func encode(_ bytes: [UInt8]) -> String {
        String(decoding: MailCore.Base64.encode(bytes), as: UTF8.self)
    }

    /// Nil where a byte is neither of the alphabet, white space nor padding at the end.
    static func decode(_ text: some Sequence<UInt8>) -> [UInt8]? {
        MailCore.Base64.decode(text.filter { !isFolding($0) })
    }

    private static func isFolding(_ byte: UInt8) -> Bool {
        ASCII.isWhiteSpace(byte) || byte == ASCII.cr || byte == ASCII.lf
    }
}
