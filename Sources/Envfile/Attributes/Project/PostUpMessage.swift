/// `post_up_message`: the text that `up` prints at its end.
public struct PostUpMessage: Hashable, Sendable {
    public enum Part: Hashable, Sendable {
        case text(String)
        /// `${PORT:SERVICE:TARGET[/PROTOCOL]}`: the host port that serves a container's port.
        case port(service: String, target: UInt16, transportProtocol: PortMapping.TransportProtocol)
    }

    /// In order; no two texts follow each other.
    public var parts: [Part]

    public init(_ parts: [Part]) {
        self.parts = parts
    }

    /// The text with replaced placeholders.
    ///
    /// - Parameter port: The host port of a service's port; for `nil` the placeholder is kept.
    public func text(port: (String, UInt16, PortMapping.TransportProtocol) -> UInt16?) -> String {
        parts.map { part in
            switch part {
            case .text(let text): text
            case .port(let service, let target, let transportProtocol):
                port(service, target, transportProtocol).map(String.init) ?? part.written
            }
        }.joined()
    }
}

extension PostUpMessage.Part {
    /// The text of the part in a file.
    fileprivate var written: String {
        switch self {
        case .text(let text): text
        case .port(let service, let target, .tcp): "${PORT:\(service):\(target)}"
        case .port(let service, let target, let other): "${PORT:\(service):\(target)/\(other.rawValue)}"
        }
    }
}

extension PostUpMessage {
    /// The start of a placeholder. A letter or digit follows, which distinguishes it from a variable `PORT` with a
    /// fallback.
    static let placeholderStart = "${PORT:"

    /// `post_up_message`: a string with replaced variables and with unreplaced placeholders.
    static func decoded(from cursor: Cursor) -> PostUpMessage? {
        guard let text = cursor.string() else { return nil }
        var message = PostUpMessage([])
        var rest = text[...]
        while let start = rest.firstRange(of: placeholderStart) {
            message.add(.text(String(rest[..<start.lowerBound])))
            let body = rest[start.upperBound...]
            guard let end = body.firstIndex(of: "}") else {
                cursor.error("`\(placeholderStart)` in \(cursor.path) is not closed", expected: expected)
                return nil
            }
            guard let port = port(body[..<end]) else {
                cursor.error("`\(placeholderStart)\(body[..<end])}` is no placeholder of a port", expected: expected)
                return nil
            }
            message.add(port)
            rest = body[body.index(after: end)...]
        }
        message.add(.text(String(rest)))
        return message
    }

    private static let expected = "`${PORT:SERVICE:TARGET}`, such as `${PORT:web:80}`"

    private mutating func add(_ part: Part) {
        if case .text("") = part { return }
        parts.append(part)
    }

    /// `SERVICE:TARGET[/PROTOCOL]`.
    private static func port(_ text: Substring) -> Part? {
        let fields = text.split(separator: ":", omittingEmptySubsequences: false)
        guard fields.count == 2, ResourceName.isValid(String(fields[0])) else { return nil }
        do throws(PortProblem) {
            let (number, transportProtocol) = try ShortPort.splitProtocol(fields[1])
            let range = try ShortPort.range(number)
            guard range.count == 1 else { return nil }
            return .port(
                service: String(fields[0]), target: range.lowerBound, transportProtocol: transportProtocol)
        } catch {
            return nil
        }
    }

    /// The ports that the message uses, with their services.
    public var ports: [(service: String, target: UInt16, transportProtocol: PortMapping.TransportProtocol)] {
        parts.compactMap { part in
            guard case .port(let service, let target, let transportProtocol) = part else { return nil }
            return (service, target, transportProtocol)
        }
    }

    func rendered() -> Value { .string(parts.map(\.written).joined()) }
}
