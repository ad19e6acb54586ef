/// Replaces the variables in the scalar values of a document; keys stay as they are.
struct Interpolator {
    private let variables: Variables
    private let report: DiagnosticCollector
    private var reported: Set<String> = []
    /// Bytes that replacing may still produce in one file.
    private var budget = maximumLength

    /// More text than this, in bytes, may not come out of the variables of one file.
    static let maximumLength = 64 << 20

    init(variables: Variables, report: DiagnosticCollector) {
        self.variables = variables
        self.report = report
    }

    mutating func interpolate(_ node: inout Node, path: Path) {
        switch node.content {
        case .scalar(let scalar):
            guard Template.hasVariables(scalar.text) else { return }
            node.content = .scalar(interpolated(scalar, mark: node.mark, path: path))
        case .sequence(var items):
            node.content = .sequence([])
            for index in items.indices { interpolate(&items[index], path: .index(path, index)) }
            node.content = .sequence(items)
        case .mapping(var pairs):
            node.content = .mapping([])
            for index in pairs.indices {
                interpolate(&pairs[index].value, path: .key(path, pairs[index].key.name))
            }
            node.content = .mapping(pairs)
        }
    }

    /// The scalar's type stays `string`: what becomes of it is up to whoever decodes it.
    private mutating func interpolated(_ scalar: Scalar, mark: Mark, path: Path) -> Scalar {
        var result = scalar
        guard budget >= 0 else { return result }
        var missing: [Template.Variable] = []
        do throws(TemplateProblem) {
            let template = try Template(parsing: scalar.text)
            result.text = try template.expanded(lookup: variables.value) { missing.append($0) }
            budget -= result.text.utf8.count
            if budget < 0 {
                result.text = ""
                throw TemplateProblem(
                    message: "the file is longer than \(Self.maximumLength) bytes with its variables replaced",
                    offset: 0)
            }
        } catch {
            if reported.insert("\(mark.file.path):\(mark.offset):\(error.offset)").inserted {
                let place = Self.place(of: error.offset, length: 1, in: scalar, at: mark)
                report.error(error.message, at: place, path: path, hint: error.hint)
            }
            report.silence(mark)
        }
        for variable in missing where reported.insert(variable.name).inserted {
            let length = variable.name.unicodeScalars.count + 1
            report.warning(
                "the variable `\(variable.name)` is not set and is replaced by an empty string",
                at: Self.place(of: variable.offset, length: length, in: scalar, at: mark), path: path,
                hint: "set it, or write `${\(variable.name):-}` when it may be empty")
        }
        return result
    }

    /// The place of a byte of the text, where the text stands in the file as it is; else the whole scalar.
    private static func place(of offset: Int, length: Int, in scalar: Scalar, at mark: Mark) -> Mark {
        let start = mark.offset + (scalar.style == .plain ? 0 : 1)
        let text = scalar.text.utf8
        guard start <= mark.file.bytes.count, mark.file.bytes[start...].starts(with: text),
            !text.contains(UInt8(ascii: "\n"))
        else { return mark }
        return mark.file.mark(offset: start + offset, length: length)
    }
}

/// The variables of one load: the process environment over `.env`.
struct Variables: Sendable {
    var process: [String: String]
    var dotEnv: [String: String] = [:]

    func value(_ name: String) -> String? { process[name] ?? dotEnv[name] }
}
