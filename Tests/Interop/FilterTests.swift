// dkimsign and dkimverify against those of dkimpy: the same arguments and the same input give the same exit
// code, the message comes out of both or of neither, and each accepts what the other has signed.

import Testing

extension RealServers {
    @Suite struct FilterTests {
        struct Case: CustomTestStringConvertible, Sendable {
            let testDescription: String
            var arguments: [String]
            var message = plain

            init(_ description: String, _ arguments: String, _ message: String = plain) {
                testDescription = description
                self.arguments = arguments.split(separator: " ").map(String.init)
                self.message = message
            }
        }

        private static let plain =
            "From: a@example.test\nTo: b@example.test\nSubject: x\n y\n\nHello  you \n\n\n"
        private static let usual = "interop example.test key.pem"

        @Test(arguments: [
            Case("as it is", usual), Case("canonicalizations", "--hcanon simple \(usual) --bcanon=relaxed"),
            Case("a shortened option", "\(usual) --bc relaxed"),
            Case("identity", "\(usual) --identity a@example.test"),
            Case("identity, an older form", "\(usual) identity a@sub.example.test"),
            Case("Ed25519", "edfilter example.test seed --signalg ed25519-sha256"),
            Case("CRLF", usual, plain.replacing("\n", with: "\r\n")),
            Case("no body", usual, "From: a@example.test\n"),
            Case("no line end", usual, "From: a@example.test"),
            Case("options behind dashes", "-- \(usual)"),
        ])
        func bothSign(_ sample: Case) async throws {
            let place = try await Place.shared.value
            for signer in Side.allCases {
                let signed = try await place.run(signer, "dkimsign", sample)
                #expect(signed.exitCode == 0 && signed.error == "")
                #expect(
                    signed.output.hasPrefix("DKIM-Signature: ") && signed.output.hasSuffix(sample.message))
                for verifier in Side.allCases {
                    let verify = Case(sample.testDescription, "", signed.output)
                    let verdict = try await place.run(verifier, "dkimverify", verify)
                    #expect(
                        verdict == Outcome(exitCode: 0, output: "signature ok\n"), "\(verifier) of \(signer)")
                    let changed = Case(sample.testDescription, "--index 0", signed.output + "x\n")
                    #expect(try await place.run(verifier, "dkimverify", changed).exitCode == 1)
                }
            }
        }

        /// The message comes out unsigned, and the exit code says nothing.
        @Test(arguments: [
            Case("no key file", "interop example.test missing.pem"),
            Case("no key in it", "interop example.test nothing"),
            Case("a key of the other kind", "edfilter example.test seed"),
            Case("a key of the other kind still", "\(usual) --signalg ed25519-sha256"),
            Case("another domain's identity", "\(usual) --identity a@other.test"),
            Case("no From", usual, "To: b@example.test\n\nx\n"), Case("no message", usual, ""),
            Case("a broken header", usual, "From: a@example.test\nbroken\n\nx\n"),
        ])
        func bothPassOnUnsigned(_ sample: Case) async throws {
            let place = try await Place.shared.value
            for side in Side.allCases {
                let outcome = try await place.run(side, "dkimsign", sample)
                #expect(outcome.exitCode == 0 && outcome.output == sample.message && outcome.error != "")
            }
        }

        @Test(arguments: [
            ("dkimsign", Case("nothing", "")), ("dkimsign", Case("too little", "interop example.test")),
            ("dkimsign", Case("too much", "\(usual) more")),
            ("dkimsign", Case("unknown option", "\(usual) -v")),
            ("dkimsign", Case("no such choice", "\(usual) --bcanon loose")),
            ("dkimsign", Case("no value", "\(usual) --identity")),
            ("dkimsign", Case("two options", "\(usual) --h simple")),
            ("dkimverify", Case("a word", "word")), ("dkimverify", Case("no number", "--index x")),
            ("dkimverify", Case("unknown option", "-v")),
        ])
        func bothRefuseTheCommandLine(_ program: String, _ sample: Case) async throws {
            let place = try await Place.shared.value
            for side in Side.allCases {
                let outcome = try await place.run(side, program, sample)
                #expect(
                    outcome.exitCode == 2 && outcome.output == ""
                        && outcome.error.contains("usage: \(program)"))
            }
        }

        @Test(arguments: [
            Case("unsigned", ""), Case("no such signature", "--index 3"),
            Case("none from the end", "--index -1"),
            Case("no message", "", ""), Case("a broken header", "", "broken\n\nx\n"),
            Case("nonsense", "", "DKIM-Signature: x\n" + plain),
            Case("no key", "", "DKIM-Signature: \(withoutKey)\n" + plain),
        ])
        func bothAcceptNone(_ sample: Case) async throws {
            let place = try await Place.shared.value
            for side in Side.allCases {
                let outcome = try await place.run(side, "dkimverify", sample)
                #expect(outcome.exitCode == 1 && !outcome.output.contains("ok"))
            }
        }

        private static let withoutKey =
            "v=1; a=rsa-sha256; c=relaxed/simple; d=example.test; s=unpublished; h=from;"
            + " bh=Ba3gj8+xBPQLJTahTfzW6RbWQ/XPgESxkCi2B66PSQg=; b=AAAA"

        @Test func bothExplainThemselves() async throws {
            let place = try await Place.shared.value
            for (side, program) in Side.allCases.flatMap({ [($0, "dkimsign"), ($0, "dkimverify")] }) {
                let outcome = try await place.run(side, program, Case("help", "-h"))
                #expect(outcome.exitCode == 0 && outcome.output.hasPrefix("usage: \(program) [-h]"))
            }
        }

        /// The one choice of dkimpy's that is not ours (RFC 8301 3.1).
        @Test func onlyTheyUseSHA1() async throws {
            let place = try await Place.shared.value
            let sample = Case("SHA-1", "\(Self.usual) --signalg rsa-sha1")
            #expect(try await place.run(.dkimpy, "dkimsign", sample).output.contains("a=rsa-sha1;"))
            let ours = try await place.run(.ours, "dkimsign", sample)
            #expect(ours.exitCode == 0 && ours.output == sample.message && ours.error.contains("RFC 8301"))
        }
    }
}

private enum Side: CaseIterable {
    case dkimpy, ours
}

/// A folder with keys that are published, in which both run.
private struct Place: Sendable {
    static let shared = Task { try await Place() }

    private let folder: Folder

    private init() async throws {
        folder = try Folder()
        let pem = try await readFile(Laboratory.signingKey())
        try writeFile(folder.file("key.pem"), pem)
        try writeFile(folder.file("nothing"), "nothing\n".utf8)
        let make = """
            cd \(folder.path) && openssl genpkey -algorithm ed25519 -out ed.pem &&
            openssl pkey -in ed.pem -outform DER | tail -c 32 | base64 -w 0 >seed && chmod 600 seed &&
            ln -s \(Built.smarthostctl) dkimsign && ln -s \(Built.smarthostctl) dkimverify &&
            openssl pkey -in ed.pem -pubout -outform DER | tail -c 32 | base64 -w 0
            """
        let publicKey = try await Interop.run(["sh", "-c", make]).succeeded("openssl")
        _ = try await Laboratory.script(
            "servers/powerdns", "add-txt", "edfilter._domainkey.example.test",
            "v=DKIM1; k=ed25519; p=\(publicKey)"
        ).succeeded("add-txt")
    }

    func run(
        _ side: Side, _ program: String, _ sample: RealServers.FilterTests.Case
    ) async throws -> Outcome {
        let inside = String(folder.path.dropFirst(Laboratory.root.count))
        let command =
            switch side {
            case .dkimpy:
                ["chroot", Laboratory.root, "sh", "-c", "cd \(inside) && exec \"$@\"", "sh", program]
            case .ours: ["sh", "-c", "cd \(folder.path) && exec \"$@\"", "sh", folder.file(program)]
            }
        return try await Interop.run(command + sample.arguments, input: Array(sample.message.utf8))
    }
}
