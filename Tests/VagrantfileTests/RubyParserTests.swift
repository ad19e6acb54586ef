import TestSupport
import Testing

@testable import Vagrantfile

/// The subset of Ruby, and what becomes of the rest.
@Suite(.timeLimit(.minutes(1))) struct RubyParserTests {
    /// The value of the last assignment to `x`.
    private func value(_ text: String) throws -> RubyValue {
        var reader = RubyParser(text)
        var evaluator = RubyEvaluator()
        var last: RubyValue?
        for statement in reader.program() {
            guard case .expression(let expression) = statement.content else {
                throw UnreadableRuby("\(statement)")
            }
            guard case .assignment(let target, _, let value) = expression.node, case .call(let call) = target.node
            else {
                continue
            }
            let made = try evaluator.value(value)
            evaluator.set(call.name, .success(made))
            last = made
        }
        return try #require(last)
    }

    private func text(_ text: String) throws -> String? { try value(text).text?.literal }

    @Test func textsOfAllForms() throws {
        #expect(try text(##"x = "a\tb\n\"c\" \#{1}""##) == "a\tb\n\"c\" #{1}")
        #expect(try text(#"x = 'a\tb \'c\' #{1}'"#) == #"a\tb 'c' #{1}"#)
        #expect(try text(#"x = "a" "b" 'c'"#) == "abc")
        #expect(try text("x = %q(a (b) c)") == "a (b) c")
        #expect(try text("x = %Q{a #{1 + 2}}") == "a 3")
        #expect(try text("x = \"one\" + 'two' \\\n  + \"three\"") == "onetwothree")
        #expect(try text("n = 3\nx = \"web-#{n}.#{\"a\"}\"") == "web-3.a")
        #expect(try text("x = :symbol") == "symbol")
        #expect(try text("x = \"web-%02d\" % 7") == "web-07")
        #expect(try text("x = \"%s:%d\" % [\"a\", 5]") == "a:5")
    }

    @Test func heredocsOfAllForms() throws {
        #expect(
            try text("x = <<-SHELL\n    apt-get update\n      more\n  SHELL\n") == "    apt-get update\n      more\n")
        #expect(
            try text("x = <<~SHELL\n    apt-get update\n      more\n\n    end\n  SHELL\n")
                == "apt-get update\n  more\n\nend\n")
        #expect(try text("x = <<SCRIPT\necho 1\nSCRIPT\n") == "echo 1\n")
        #expect(try text("n = 1\nx = <<~EOS\n  #{n} $HOME \\$x\nEOS\n") == "1 $HOME $x\n")
        #expect(try text("n = 1\nx = <<~'EOS'\n  #{n} \\$x\nEOS\n") == "#{n} \\$x\n")
        #expect(try text("x = <<-\"EOS\".strip\n  a\n  EOS\n") == "a")
        #expect(try text("x = [<<~A, <<~B].first\n  one\nA\n  two\nB\n") == "one\n")
    }

    @Test func numbersAndLists() throws {
        #expect(try value("x = 1_024 * 2") == .integer(2048))
        #expect(try value("x = 8 / 2 - 1") == .integer(3))
        #expect(try value("x = 0.5") == .decimal(0.5))
        #expect(try value("x = (1..3)") == .range(1, 3))
        #expect(try value("x = (1...3)") == .range(1, 2))
        #expect(try value("x = %w[a b]") == .array([.text(RubyText("a")), .text(RubyText("b"))]))
        #expect(try value("x = %i[a b]") == .array([.symbol("a"), .symbol("b")]))
        #expect(try value("a = [1,\n  2, # two\n]\nx = a[-1]") == .integer(2))
        #expect(try value("h = {\n  :a => 1, 'b' => 2, c: 3, \"d\": 4,\n}\nx = h[:c]") == .integer(3))
        #expect(try value("h = { 'b' => { ip: '10.0.0.1' } }\nx = h['b'][:ip]") == .text(RubyText("10.0.0.1")))
        #expect(try value("NAMES = %w(a b).freeze\nx = NAMES.size") == .integer(2))
    }

    @Test func variablesOfTheHost() throws {
        #expect(try value("x = ENV['A'] || 'b'") == .text(RubyText([.variable("A", fallback: "b")])))
        #expect(try value("x = ENV.fetch('A', 5)") == .text(RubyText([.variable("A", fallback: "5")])))
        #expect(try value("x = ENV['A']") == .text(RubyText([.variable("A", fallback: nil)])))
        #expect(try value("x = (ENV['A'] || 5).to_i") == .text(RubyText([.variable("A", fallback: "5")])))
        #expect(
            try value("x = \"a-#{ENV['A'] || 'b'}\"")
                == .text(RubyText([.literal("a-"), .variable("A", fallback: "b")])))
        #expect(throws: UnreadableRuby.self) { try value("x = ENV['a b']") }
    }

    /// What is not read leaves what is after it as it is.
    @Test(arguments: [
        "if ENV['X'] == 'y' then a = 1 end", "if a\n  b do |c|\n  d\n  end\nelse\n  e { |f| g }\nend",
        "unless x\n  y\nend", "case x\nwhen 1 then 2\nend", "while true do\n  a\nend", "for i in 1..3 do\n  a\nend",
        "def m(a)\n  if a then b end\nend", "class A < B\n  def x; end\nend", "module M\nend",
        "begin\n  a\nrescue => e\n  b\nend", "a = 1 if b", "a = if b\n  1\nelse\n  2\nend", "a = b ? 1 : 2",
        "a, b = 1, 2", "a = `date`", "a = lambda { |x| x }", "a = ->(x) { x }", "a = /x y/", "m(*args)", "m(&block)",
        "a.each do |x; y|\n  z\nend", "a << 1", "a = \"\\u00e9\"", "@a.b", "x = <<~A\nno end", "a = !b",
        "puts \"end\" unless \"do\" # end", "a = b rescue c", "m(\n  1,\n  2", "'open", "%q(open", "a &&= 1 && b",
        "=begin\nif\n=end\nif a\nend", "a { |x| if x then y end }",
    ])
    func theRestIsLeftOutByStatement(_ text: String) {
        var parser = RubyParser("first = 1\n\(text)\nlast = 2\n")
        let statements = parser.program()
        var first: RubyStatement?
        first = statements.first
        #expect(first?.lines == 1...1)
        let isOpen = ["no end", "m(\n", "'open", "%q(open"].contains { text.contains($0) }
        if !isOpen {
            #expect(statements.last?.text == "last = 2", "\(statements)")
            #expect(
                statements.last?.lines.lowerBound == text.split(separator: "\n", omittingEmptySubsequences: false).count
                    + 2)
        }
        #expect(statements.count >= 2)
    }

    @Test func blocksEndWhereTheyEnd() {
        var parser = RubyParser(
            """
            a do |x|
              if y
                z
              end
              b "c" do
                d
              end
            end
            e = 1
            end
            f = 2
            """)
        let statements = parser.program()
        #expect(statements.map(\.text) == ["a do |x|", "e = 1", "end", "f = 2"])
        #expect(statements.map(\.lines) == [1...8, 9...9, 10...10, 11...11])
    }

    @Test func everyTextEnds() throws {
        let seeds = [
            "Vagrant.configure(\"2\") do |config|\n  config.vm.box = \"a\"\nend", "x = <<~A\n #{b}\nA\n",
            "(1..3).each do |i| a.b \"#{i}\", c: [1, {d: 2}] end", "if a\nend end } ) ]", "%w[a b] 'c' \"d\\",
            "a.b.c = {e: :f}",
        ]
        var generator = SystemRandomNumberGenerator()
        let alphabet = Array("\"'#{}[]()|:=<>~-\n \\,.%ae0do end if".utf8)
        for round in 0..<3000 {
            var bytes = Array(seeds[round % seeds.count].utf8)
            for _ in 0..<Int.random(in: 1...6, using: &generator) where !bytes.isEmpty {
                let place = Int.random(in: 0..<bytes.count, using: &generator)
                switch Int.random(in: 0..<3, using: &generator) {
                case 0: bytes.remove(at: place)
                case 1: bytes.insert(alphabet.randomElement(using: &generator) ?? 0, at: place)
                default: bytes[place] = alphabet.randomElement(using: &generator) ?? 0
                }
            }
            _ = VagrantConversion(String(decoding: bytes, as: UTF8.self), named: "Vagrantfile") { _ in .file }
        }
        // Deep nesting is refused, not followed.
        let deep = String(repeating: "[", count: 100_000)
        _ = VagrantConversion("x = \(deep)", named: "Vagrantfile") { _ in .file }
        _ = VagrantConversion(String(repeating: "a do\n", count: 10_000), named: "Vagrantfile") { _ in .file }
    }
}
