/// Goes through the statements of a Vagrantfile and keeps what has an equal in an Envfile; the rest is left out by line.
struct VagrantReader {
    /// More turns of loops than this are no description of machines.
    static let maximumTurns = 500

    var evaluator = RubyEvaluator()
    var common = VagrantMachine()
    var machines: [VagrantMachine] = []
    var triggers: [Sourced<VagrantTrigger>] = []
    private(set) var leftOut: [LeftOut] = []
    /// The options of the provisioner or trigger whose block is being read.
    var draft: [Option] = []
    /// The provider that set a limit of a machine.
    var limitOwners: [String: String] = [:]
    private var turns = 0
    private(set) var current = RubyStatement(content: .unreadable(""), lines: 0...0, text: "")

    /// One option of a provisioner or a trigger, however it was written.
    struct Option {
        var name: String
        var value: RubyValue
        var line: Int
    }

    mutating func run(_ statements: [RubyStatement]) {
        for statement in statements {
            current = statement
            switch statement.content {
            case .unreadable(let reason): leaveOut(reason)
            case .expression(let expression):
                do throws(UnreadableRuby) {
                    try run(expression)
                } catch {
                    current = statement
                    leaveOut(error.reason)
                }
            }
        }
    }

    /// Notes that the current statement is not taken over.
    mutating func leaveOut(_ reason: String, line: Int? = nil, isPart: Bool = false) {
        let entry = LeftOut(
            line: line ?? current.lines.lowerBound, lastLine: line ?? current.lines.upperBound,
            text: isPart ? "" : current.text, reason: reason)
        // A loop says the same in each turn.
        if !leftOut.contains(entry) { leftOut.append(entry) }
    }

    // MARK: - Statements

    private mutating func run(_ expression: RubyExpression) throws(UnreadableRuby) {
        switch expression.node {
        case .assignment(let target, let operation, let value): try assign(target, operation, value)
        case .call(let call): try run(call, line: expression.line)
        default: throw UnreadableRuby("it is only a value")
        }
    }

    private mutating func assign(
        _ target: RubyExpression, _ operation: String, _ expression: RubyExpression
    ) throws(UnreadableRuby) {
        switch target.node {
        case .call(let call) where call.isName:
            guard operation.isEmpty || operation == "||" else {
                evaluator.set(call.name, .failure(UnreadableRuby("`\(call.name)` is computed by Ruby")))
                throw UnreadableRuby("only Ruby can compute it")
            }
            if operation == "||", evaluator.has(call.name) { return }
            do throws(UnreadableRuby) {
                evaluator.set(call.name, .success(try evaluator.value(expression)))
            } catch {
                evaluator.set(
                    call.name,
                    .failure(UnreadableRuby("it needs `\(call.name)` of line \(target.line), which is not read")))
                throw error
            }
        case .call(let call):
            guard let receiver = call.receiver, case .object(let object) = try evaluator.value(receiver) else {
                throw UnreadableRuby("it changes something that is not read")
            }
            guard operation.isEmpty else { throw UnreadableRuby("only Ruby can compute it") }
            try set(call.name, of: object, to: try evaluator.value(expression), line: target.line)
        case .index(let list, let key):
            guard operation.isEmpty, case .object(let object) = try evaluator.value(list),
                let name = try evaluator.value(key).name
            else { throw UnreadableRuby("it changes something that is not read") }
            try set("[\(name)]", of: object, to: try evaluator.value(expression), line: target.line)
        default: throw UnreadableRuby("it changes something that is not read")
        }
    }

    private mutating func run(_ call: RubyCall, line: Int) throws(UnreadableRuby) {
        guard let receiver = call.receiver else {
            switch call.name {
            case "require", "require_relative", "load":
                throw UnreadableRuby("no other Ruby is read")
            case "puts", "print", "p", "warn": throw UnreadableRuby("it only prints something")
            default:
                _ = try evaluator.value(RubyExpression(node: .call(call), line: line))
                throw UnreadableRuby("it is only a value")
            }
        }
        if case .call(let constant) = receiver.node, constant.receiver == nil, constant.name == "Vagrant" {
            return try vagrant(call)
        }
        let value = try evaluator.value(receiver)
        if let block = call.block, try loop(call, over: value, block) { return }
        guard case .object(let object) = value else { throw UnreadableRuby("only Ruby can run `.\(call.name)`") }
        try self.call(call, on: object, line: line)
    }

    private mutating func vagrant(_ call: RubyCall) throws(UnreadableRuby) {
        switch call.name {
        case "configure":
            guard let block = call.block else { throw UnreadableRuby("it has no block") }
            if let version = call.arguments.first, let number = try evaluator.value(version).text?.literal,
                number == "1"
            {
                throw UnreadableRuby("settings of version 1 are not read: Vagrant itself has given them up")
            }
            run(block, [.object(VagrantObject(kind: .configuration(machine: nil)))])
        case "require_version": throw UnreadableRuby("it asks for a version of Vagrant")
        default: throw UnreadableRuby("only Ruby can run `Vagrant.\(call.name)`")
        }
    }

    /// Reads the body of a block with values for its parameters.
    mutating func run(_ block: RubyBlock, _ values: [RubyValue]) {
        let outer = current
        evaluator.enter(block.parameters, values)
        run(block.body)
        evaluator.leave()
        current = outer
    }

    // MARK: - Loops

    /// - Returns: `false` for a call that is no loop.
    private mutating func loop(
        _ call: RubyCall, over value: RubyValue, _ block: RubyBlock
    ) throws(UnreadableRuby) -> Bool {
        var turns: [[RubyValue]]
        switch (call.name, value) {
        case ("each", .range(let low, let high)):
            guard high - low < Self.maximumTurns else { throw UnreadableRuby("the loop has too many turns") }
            turns = low > high ? [] : (low...high).map { [.integer($0)] }
        case ("times", .integer(let count)):
            guard count < Self.maximumTurns else { throw UnreadableRuby("the loop has too many turns") }
            turns = (0..<max(0, count)).map { [.integer($0)] }
        case ("upto", .integer(let low)):
            guard let last = call.arguments.first, case .integer(let high) = try evaluator.value(last),
                high - low < Self.maximumTurns
            else { throw UnreadableRuby("only loops up to a number are read") }
            turns = low > high ? [] : (low...high).map { [.integer($0)] }
        case ("each", .array(let items)): turns = items.map { Self.spread($0, block) }
        case ("each_with_index", .array(let items)):
            turns = items.enumerated().map { [$0.element, .integer($0.offset)] }
        case ("each", .hash(let pairs)), ("each_pair", .hash(let pairs)): turns = pairs.map { [$0.key, $0.value] }
        case (_, .object): return false
        default: throw UnreadableRuby("only Ruby can run the block of `.\(call.name)`")
        }
        self.turns += turns.count
        guard self.turns <= Self.maximumTurns else { throw UnreadableRuby("the loops have too many turns") }
        for values in turns { run(block, values) }
        return true
    }

    /// A list as an element fills several parameters.
    private static func spread(_ value: RubyValue, _ block: RubyBlock) -> [RubyValue] {
        if case .array(let items) = value, block.parameters.count > 1 { return items }
        return [value]
    }
}
