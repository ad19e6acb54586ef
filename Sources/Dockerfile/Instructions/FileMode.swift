/// The value of `--chmod`.
package enum FileMode: Hashable, Sendable {
    /// The bits, up to 0o7777.
    case exact(UInt16)
    /// Changes one after the other, such as `u=rwX,go-w`.
    case symbolic([Change])

    /// One clause of a symbolic mode, such as `u=rwX` (chmod(1)).
    package struct Change: Hashable, Sendable {
        /// What is done with the permissions of a clause.
        package enum Operation: Character, Hashable, Sendable {
            case add = "+"
            case remove = "-"
            case set = "="
        }

        /// Any of `u`, `g` and `o`; all three for `a` and for none.
        var classes: Set<Character>
        var operation: Operation
        /// Any of `rwxXst`, or one class whose bits are copied.
        var permissions: Set<Character>
    }

    /// - Throws: `Failure` when the text is neither octal nor symbolic.
    init(_ text: String, at location: Location) throws(Failure) {
        if !text.isEmpty, text.allSatisfy({ $0.isASCII && $0.isNumber }) {
            guard let bits = UInt16(text, radix: 8), bits <= 0o7777 else {
                throw Failure("`\(text)` is no file mode", at: location, hint: "octal modes go up to 7777")
            }
            self = .exact(bits)
            return
        }
        var changes: [Change] = []
        for clause in text.split(separator: ",", omittingEmptySubsequences: false) {
            guard let parsed = Self.changes(clause) else {
                throw Failure(
                    "`\(text)` is no file mode", at: location, hint: "write it as `0755` or as `u=rwX,go=rX`")
            }
            changes += parsed
        }
        self = .symbolic(changes)
    }

    /// One clause: classes, then operations each with its permissions.
    private static func changes(_ clause: Substring) -> [Change]? {
        var rest = clause
        let letters = rest.prefix { "ugoa".contains($0) }
        rest = rest[letters.endIndex...]
        let classes = letters.isEmpty || letters.contains("a") ? Set("ugo") : Set(letters)
        var changes: [Change] = []
        while let sign = rest.popFirst() {
            guard let operation = Change.Operation(rawValue: sign) else { return nil }
            let permissions = rest.prefix { "rwxXstugo".contains($0) }
            rest = rest[permissions.endIndex...]
            if permissions.contains(where: { "ugo".contains($0) }), permissions.count > 1 { return nil }
            changes.append(Change(classes: classes, operation: operation, permissions: Set(permissions)))
        }
        return changes.isEmpty ? nil : changes
    }

    /// The bits that a file has afterwards.
    /// - Parameter bits: Those it has, up to 0o7777.
    package func applied(to bits: UInt16, isDirectory: Bool) -> UInt16 {
        switch self {
        case .exact(let mode): mode
        case .symbolic(let changes): changes.reduce(bits & 0o7777) { $1.applied(to: $0, isDirectory: isDirectory) }
        }
    }
}

extension FileMode.Change {
    private static let shifts: [Character: UInt16] = ["u": 6, "g": 3, "o": 0]

    fileprivate func applied(to bits: UInt16, isDirectory: Bool) -> UInt16 {
        var changed: UInt16 = 0
        var touched: UInt16 = 0
        for (name, shift) in Self.shifts where classes.contains(name) {
            touched |= 0o7 << shift
            changed |= permissionBits(of: bits, isDirectory: isDirectory) << shift
        }
        if classes.contains("u") { touched |= 0o4000 }
        if classes.contains("g") { touched |= 0o2000 }
        if classes.count == 3 { touched |= 0o1000 }
        changed |= specialBits
        switch operation {
        case .add: return bits | changed
        case .remove: return bits & ~changed
        // Like chmod(1): a directory keeps set-user-ID and set-group-ID unless they are named.
        case .set: return bits & ~(isDirectory ? touched & ~0o6000 : touched) | changed
        }
    }

    /// Read, write and execute for one class.
    private func permissionBits(of bits: UInt16, isDirectory: Bool) -> UInt16 {
        permissions.reduce(0) { result, letter in
            switch letter {
            case "r": result | 0o4
            case "w": result | 0o2
            case "x": result | 0o1
            case "X": isDirectory || bits & 0o111 != 0 ? result | 0o1 : result
            default: result | (Self.shifts[letter].map { bits >> $0 & 0o7 } ?? 0)
            }
        }
    }

    private var specialBits: UInt16 {
        var result: UInt16 = 0
        if permissions.contains("s"), classes.contains("u") { result |= 0o4000 }
        if permissions.contains("s"), classes.contains("g") { result |= 0o2000 }
        if permissions.contains("t") { result |= 0o1000 }
        return result
    }
}
