/// Replaces the variables in the scalar values of a document; keys do not change.
///
/// The mark of a value contains the replaced variables.
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
        if node.tag == MergeTag.reset { return }
        switch node.content {
        case .scalar(let scalar):
            guard Template.hasVariables(scalar.text) else { return }
            let (result, origin) = interpolated(scalar, mark: node.mark, path: path)
            node.content = .scalar(result)
            node.mark.origin = origin
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

    /// The scalar's type stays `string`: the decoder decides its type.
    private mutating func interpolated(_ scalar: Scalar, mark: Mark, path: Path) -> (Scalar, Origin?) {
        var result = scalar
        guard budget >= 0 else { return (result, nil) }
        var missing: [Template.Variable] = []
        var used: [String] = []
        do throws(TemplateProblem) {
            let template = try Template(parsing: scalar.text, keepsPortReferences: Self.mayNamePorts(path))
            result.text = try template.expanded(
                lookup: { name in
                    if !used.contains(name) { used.append(name) }
                    return variables.value(name)
                }, unset: { missing.append($0) })
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
        return (result, origin(of: used, missing: missing))
    }

    private func origin(of used: [String], missing: [Template.Variable]) -> Origin? {
        guard !used.isEmpty else { return nil }
        return Origin(
            variables: used.map { name in
                let isMissing = missing.contains { $0.name == name }
                return VariableUse(name: name, source: variables.source(name) ?? (isMissing ? .unset : .fallback))
            })
    }

    /// Whether a value is the message after `up`, a variable of a service or a part of a step of `provision`, in which
    /// `${PORT:web:80}` is a port that is known only then.
    private static func mayNamePorts(_ path: Path) -> Bool {
        switch path {
        case .key(.root, "post_up_message"), .key(.key(.root, "x-trice"), "post_up_message"): true
        case .key(.key(.key(.key(.root, "services"), _), "environment"), _),
            .index(.key(.key(.key(.root, "services"), _), "environment"), _):
            true
        default: isInStep(path)
        }
    }

    /// Whether a value belongs to `services.*.provision`, also below `x-trice`.
    private static func isInStep(_ path: Path) -> Bool {
        switch path {
        case .key(.key(.key(.root, "services"), _), "provision"),
            .key(.key(.key(.key(.root, "services"), _), "x-trice"), "provision"):
            true
        case .key(let parent, _), .index(let parent, _): isInStep(parent)
        default: false
        }
    }

    /// The place of a byte of the text, when the file contains the text unchanged; else the whole scalar.
    private static func place(of offset: Int, length: Int, in scalar: Scalar, at mark: Mark) -> Mark {
        let start = mark.offset + (scalar.style == .plain ? 0 : 1)
        let text = scalar.text.utf8
        guard start <= mark.file.bytes.count, mark.file.bytes[start...].starts(with: text),
            !text.contains(UInt8(ascii: "\n"))
        else { return mark }
        return mark.file.mark(offset: start + offset, length: length)
    }
}
