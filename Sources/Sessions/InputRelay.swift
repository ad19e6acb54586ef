internal import Glibc
internal import LinuxSystem
internal import Supervisor
internal import Synchronization

/// Passes the standard input of this process to a container, on a thread of its own. A terminal on both sides is raw for
/// that time: keys go to the program inside, except for those that detach.
final class InputRelay: Sendable {
    private let input: ContainerInput
    /// What a user types to leave the container alone; empty for none.
    private let detachKeys: [UInt8]
    private let hasDetached = Mutex(false)
    /// How the terminal was; `nil` where it was not changed.
    private let saved: Mutex<termios?>

    init(_ input: consuming ContainerInput, detachKeys: [UInt8]) {
        self.input = input
        self.detachKeys = detachKeys
        saved = Mutex(nil)
    }

    /// Whether the terminal is connected to that of the container.
    var isRaw: Bool { saved.withLock { $0 != nil } }
    /// Whether the user has typed the keys that detach.
    var isDetached: Bool { hasDetached.withLock { $0 } }

    func start() throws {
        var settings = termios()
        if input.isTerminal, tcgetattr(0, &settings) == 0 {
            saved.withLock { $0 = settings }
            cfmakeraw(&settings)
            tcsetattr(0, TCSADRAIN, &settings)
            input.followSize()
        }
        try DedicatedThread.detach { self.copy() }
    }

    /// Makes the terminal what it was.
    func end() {
        saved.withLock { saved in
            if var settings = saved { tcsetattr(0, TCSADRAIN, &settings) }
            saved = nil
        }
    }

    func followSize() { input.followSize() }

    private func copy() {
        var buffer = [UInt8](repeating: 0, count: 16384)
        var keys = DetachKeys(isRaw ? detachKeys : [])
        while true {
            let count = read(0, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            // The container's input stays open after the end of this client's: another client may come.
            guard count > 0 else { return }
            let passed = keys.filter(buffer[..<count])
            // The program inside is gone, which the main thread tells.
            do { try input.write(passed) } catch { return }
            if keys.areComplete { return hasDetached.withLock { $0 = true } }
        }
    }
}

/// Finds a sequence of keys in what is typed.
package struct DetachKeys: Sendable {
    private let keys: [UInt8]
    private var matched = 0
    /// Whether all have been typed, one after the other.
    private(set) var areComplete = false

    init(_ keys: [UInt8]) {
        self.keys = keys
    }

    /// Keys as Docker writes them, such as `ctrl-p,ctrl-q`: letters, and `ctrl-` with a letter or one of `@[\]^_`.
    /// - Returns: `nil` for anything else.
    package static func parse(_ text: String) -> [UInt8]? {
        var keys: [UInt8] = []
        for word in text.split(separator: ",", omittingEmptySubsequences: false) {
            let name = word.lowercased()
            let isControl = name.hasPrefix("ctrl-")
            let rest = Array((isControl ? name.dropFirst(5) : name[...]).utf8)
            guard rest.count == 1, let key = rest.first, key > 32, key < 127 else { return nil }
            if !isControl {
                keys.append(key)
            } else if key >= 97, key <= 122 {
                keys.append(key - 96)
            } else if key == 64 || key >= 91 && key <= 95 {
                keys.append(key - 64)
            } else {
                return nil
            }
        }
        return keys
    }

    /// What of the bytes goes on: a sequence that has begun is kept until it turns out to be another one.
    mutating func filter(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        guard !keys.isEmpty else { return Array(bytes) }
        var passed: [UInt8] = []
        for byte in bytes where !areComplete {
            if byte == keys[matched] {
                matched += 1
                areComplete = matched == keys.count
                continue
            }
            passed += keys[..<matched]
            matched = byte == keys[0] ? 1 : 0
            if matched == 0 { passed.append(byte) }
        }
        return passed
    }
}
