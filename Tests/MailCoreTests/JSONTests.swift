// JSON as written for scripts.
import MailCore
import Testing

struct JSONTests {
    @Test(
        arguments: [
            (nil, "null"), (true, "true"), (false, "false"), (0, "0"),
            (.number(.min), "-9223372036854775808"), ("", "\"\""), ([], "[]"), ([:], "{}"),
            ([1, ["a", nil], [:]], "[1, [\"a\", null], {}]"),
            (
                ["z": 1, "a": ["b": false], "z": "twice"],
                "{\"z\": 1, \"a\": {\"b\": false}, \"z\": \"twice\"}"
            ),
            (["a\"b\n": 1], "{\"a\\\"b\\n\": 1}"),
        ] as [(JSONValue, String)])
    func text(value: JSONValue, text: String) {
        #expect(value.text == text)
    }

    @Test(arguments: [
        ("a/b 'c'", "a/b 'c'"), ("\"", "\\\""), ("\\", "\\\\"), ("\r\n\t", "\\r\\n\\t"),
        ("\0\u{1}\u{8}\u{C}\u{1F}", "\\u0000\\u0001\\u0008\\u000c\\u001f"), ("\u{7F}", "\u{7F}"),
        ("e\u{301} ü 漢 😀 \u{2028}", "e\u{301} ü 漢 😀 \u{2028}"), ("\"\u{301}", "\\\"\u{301}"),
    ])
    func escapes(string: String, expected: String) {
        #expect(Array(JSONValue.string(string).text.utf8) == Array("\"\(expected)\"".utf8))
    }
}
