/// An expression of Ruby, as far as Vagrantfiles of the common form use it.
struct RubyExpression: Sendable {
    indirect enum Node: Sendable {
        case text([Piece])
        case integer(Int)
        case decimal(Double)
        case boolean(Bool)
        case none
        case symbol(String)
        case array([RubyExpression])
        case hash([(key: RubyExpression, value: RubyExpression)])
        case range(RubyExpression, RubyExpression, isClosed: Bool)
        case call(RubyCall)
        case index(RubyExpression, RubyExpression)
        case binary(String, RubyExpression, RubyExpression)
        /// The operator is that before `=`, such as `||`; empty for a plain one.
        case assignment(RubyExpression, operation: String, RubyExpression)
    }

    /// A part of a text.
    enum Piece: Sendable {
        case literal(String)
        case expression(RubyExpression)
    }

    var node: Node
    /// 1 for the first.
    var line: Int
}

/// A call of a method, or a name: what it means is known only where it is used.
struct RubyCall: Sendable {
    /// `nil` for a name alone.
    var receiver: RubyExpression?
    var name: String
    var arguments: [RubyExpression] = []
    /// `key: value` and `key => value` without braces.
    var options: [(key: RubyExpression, value: RubyExpression)] = []
    var block: RubyBlock?
    /// Whether parentheses or arguments were written.
    var hasArguments = false

    /// Whether it is a name alone.
    var isName: Bool { receiver == nil && !hasArguments && block == nil }
}

/// `do |a, b| … end` or `{ |a, b| … }`.
struct RubyBlock: Sendable {
    var parameters: [String]
    var body: [RubyStatement]
}

/// One statement, and where it is.
struct RubyStatement: Sendable {
    enum Content: Sendable {
        case expression(RubyExpression)
        /// Why it could not be read.
        case unreadable(String)
    }

    var content: Content
    var lines: ClosedRange<Int>
    /// Its first line, without spaces at the ends.
    var text: String
}

/// Why a piece of Ruby could not be read: the end of a sentence.
struct UnreadableRuby: Error {
    var reason: String

    init(_ reason: String) {
        self.reason = reason
    }
}
