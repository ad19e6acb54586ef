package import Vocabulary

/// `post_up_message`: the text that `up` prints at its end.
package struct PostUpMessage: Hashable, Sendable {
    /// A piece of the message: text, or what is filled in when it is shown.
    package enum Part: Hashable, Sendable {
        case text(String)
        /// `${PORT:SERVICE:TARGET[/PROTOCOL]}`: the host port that serves a container's port.
        case port(service: ServiceName, target: Port, transportProtocol: Transport)
    }

    /// In order; no two texts follow each other.
    package var parts: [Part]

    package init(_ parts: [Part]) {
        self.parts = parts
    }

    /// The text with replaced placeholders.
    ///
    /// - Parameter port: The host port of a service's port; for `nil` the placeholder is kept.
    package func text(port: (ServiceName, Port, Transport) -> Port?) -> String {
        parts.map { part in
            switch part {
            case .text(let text): text
            case .port(let service, let target, let transportProtocol):
                port(service, target, transportProtocol).map { "\($0)" } ?? part.written
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
        do throws(PortProblem) {
            return try PostUpMessage(parsing: text)
        } catch {
            cursor.error(error.message, expected: expected)
            return nil
        }
    }

    /// A text with placeholders, such as the value of a variable; `nil` where a placeholder is malformed.
    package init?(text: String) {
        do throws(PortProblem) {
            try self.init(parsing: text)
        } catch {
            return nil
        }
    }

    init(parsing text: String) throws(PortProblem) {
        self.init([])
        var rest = text[...]
        while let start = rest.firstRange(of: Self.placeholderStart) {
            add(.text(String(rest[..<start.lowerBound])))
            let body = rest[start.upperBound...]
            guard let end = body.firstIndex(of: "}") else {
                throw PortProblem(message: "`\(Self.placeholderStart)` is not closed")
            }
            guard let port = Self.port(body[..<end]) else {
                throw PortProblem(message: "`\(Self.placeholderStart)\(body[..<end])}` is no placeholder of a port")
            }
            add(port)
            rest = body[body.index(after: end)...]
        }
        add(.text(String(rest)))
    }

    private static let expected = "`${PORT:SERVICE:TARGET}`, such as `${PORT:web:80}`"

    private mutating func add(_ part: Part) {
        if case .text("") = part { return }
        parts.append(part)
    }

    /// `SERVICE:TARGET[/PROTOCOL]`.
    private static func port(_ text: Substring) -> Part? {
        let fields = text.split(separator: ":", omittingEmptySubsequences: false)
        guard fields.count == 2, let service = ServiceName(parsing: String(fields[0])) else { return nil }
        do throws(PortProblem) {
            let (number, transportProtocol) = try ShortPort.splitProtocol(fields[1])
            let range = try ShortPort.range(number)
            guard range.count == 1 else { return nil }
            return .port(
                service: service, target: range.lowerBound, transportProtocol: transportProtocol)
        } catch {
            return nil
        }
    }

    /// The ports that the message uses, with their services.
    package var ports: [(service: ServiceName, target: Port, transportProtocol: Transport)] {
        parts.compactMap { part in
            guard case .port(let service, let target, let transportProtocol) = part else { return nil }
            return (service, target, transportProtocol)
        }
    }

    func rendered() -> Value { .string(parts.map(\.written).joined()) }
}
