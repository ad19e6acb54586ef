/// The value of an expression.
indirect enum RubyValue: Hashable, Sendable {
    case text(RubyText)
    case integer(Int)
    case decimal(Double)
    case boolean(Bool)
    case none
    case symbol(String)
    case array([RubyValue])
    case hash([Pair])
    case range(Int, Int)
    case object(VagrantObject)

    struct Pair: Hashable, Sendable {
        var key: RubyValue
        var value: RubyValue
    }
}

/// A text with variables of the host that are read when the environment comes up.
struct RubyText: Hashable, Sendable {
    enum Piece: Hashable, Sendable {
        case literal(String)
        case variable(String, fallback: String?)
    }

    var pieces: [Piece]

    init(_ text: String) {
        pieces = text.isEmpty ? [] : [.literal(text)]
    }

    init(_ pieces: [Piece]) {
        self.pieces = pieces
    }

    /// The text when no variable is in it.
    var literal: String? {
        var text = ""
        for piece in pieces {
            guard case .literal(let part) = piece else { return nil }
            text += part
        }
        return text
    }

    /// The text with what variables are replaced by when they are not set.
    var fallback: String {
        pieces.map { piece in
            switch piece {
            case .literal(let text): text
            case .variable(_, let fallback): fallback ?? ""
            }
        }.joined()
    }

    static func + (first: RubyText, second: RubyText) -> RubyText { RubyText(first.pieces + second.pieces) }

    func mapLiterals(_ body: (String) -> String) -> RubyText {
        RubyText(
            pieces.map { piece in
                if case .literal(let text) = piece { .literal(body(text)) } else { piece }
            })
    }
}

extension RubyValue {
    /// As Ruby's `to_s`; `nil` for a value that has no text of its own.
    var text: RubyText? {
        switch self {
        case .text(let text): text
        case .integer(let number): RubyText("\(number)")
        case .decimal(let number): RubyText("\(number)")
        case .boolean(let value): RubyText("\(value)")
        case .symbol(let name): RubyText(name)
        case .none: RubyText("")
        case .array, .hash, .range, .object: nil
        }
    }

    /// A name as Vagrant takes one: a text or a symbol.
    var name: String? {
        switch self {
        case .text(let text): text.literal
        case .symbol(let name): name
        default: nil
        }
    }

    subscript(_ key: String) -> RubyValue? {
        guard case .hash(let pairs) = self else { return nil }
        return pairs.last { $0.key.name == key }?.value
    }
}

/// What a block's parameter stands for.
struct VagrantObject: Hashable, Sendable {
    enum Kind: Hashable, Sendable {
        /// `config`, or that of a machine, by its number.
        case configuration(machine: Int?)
        /// The settings of a provider.
        case provider(String, machine: Int?)
        /// A provisioner whose block is being read.
        case provisioner
        /// A trigger whose block is being read.
        case trigger
        /// Whatever is said of it is left out.
        case ignored(reason: String)
    }

    var kind: Kind
    /// The names behind it, such as `vm`.
    var path: [String] = []
}
