// Listeners and sockets against each other on one loop.
import LinuxIO
import TestSupport
import Testing

@Suite struct SocketTests {
    @Test func talksOverAUnixSocketAndSeesTheEnd() async throws {
        let path = temporaryPath("echo.sock")
        let echoed = try await onLoop { loop in
            let listener = try Listener(path: path, user: nil, group: nil, mode: 0o600, on: loop)
            let server = loop.spawn { () -> [UInt8]? in
                guard let peer = try? await listener.accept() else { return nil }
                var all: [UInt8] = []
                while let some = try? await peer.read(until: .after(.seconds(5))), !some.isEmpty {
                    all += some
                }
                try? await peer.write(all, until: .after(.seconds(5)))
                peer.close()
                return all
            }
            let address = try #require(SocketAddress(path: path))
            let socket = try await StreamSocket.connect(to: address, on: loop, until: .after(.seconds(5)))
            let sent = [UInt8](repeating: 7, count: 1_000_000)
            try await socket.write(sent, until: .after(.seconds(5)))
            socket.shutDownWriting()
            var answer: [UInt8] = []
            while true {
                let some = try await socket.read(until: .after(.seconds(5)))
                if some.isEmpty { break }
                answer += some
            }
            listener.close()
            _ = await server.value
            return answer.count
        }
        #expect(echoed == 1_000_000)
        #expect(throws: SystemError.self) { _ = try FileMetadata(path: path) }
    }

    @Test func removesAStaleSocketButNotALiveOne() async throws {
        let path = temporaryPath("stale.sock")
        try await onLoop { loop in
            let first = try Listener(path: path, user: nil, group: nil, mode: 0o640, on: loop)
            #expect(throws: SystemError.self) {
                _ = try Listener(path: path, user: nil, group: nil, mode: 0o640, on: loop)
            }
            #expect(try FileMetadata(path: path).mode == 0o640)
            first.close()
        }
    }

    @Test func timesOutWhileNothingArrives() async throws {
        let path = temporaryPath("silent.sock")
        let failure = try await onLoop { loop -> IOFailure? in
            let listener = try Listener(path: path, user: nil, group: nil, mode: 0o600, on: loop)
            defer { listener.close() }
            let address = try #require(SocketAddress(path: path))
            let socket = try await StreamSocket.connect(to: address, on: loop, until: .never)
            do throws(IOFailure) {
                _ = try await socket.read(until: .after(.zero))
                return nil
            } catch { return error }
        }
        #expect(failure == .timedOut)
    }

    @Test func closingWakesWhoeverWaits() async throws {
        let path = temporaryPath("closed.sock")
        let failure = try await onLoop { loop -> IOFailure? in
            let listener = try Listener(path: path, user: nil, group: nil, mode: 0o600, on: loop)
            let waiting = loop.spawn { () -> IOFailure? in
                do throws(IOFailure) {
                    _ = try await listener.accept()
                    return nil
                } catch { return error }
            }
            loop.spawn { listener.close() }
            return await waiting.value
        }
        #expect(failure == .closed)
    }

    @Test func refusalIsAnErrorThatNamesTheReason() async throws {
        let address = try #require(SocketAddress(path: temporaryPath("nobody.sock")))
        let failure = try await onLoop { loop -> IOFailure? in
            do throws(IOFailure) {
                _ = try await StreamSocket.connect(to: address, on: loop, until: .never)
                return nil
            } catch { return error }
        }
        #expect(failure?.description == "No such file or directory")
    }
}
