/// What is shown after `up`: `post_up_message`.
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

    /// The text with every placeholder replaced.
    ///
    /// - Parameter port: The host port that serves a service's port; `nil` leaves the placeholder as it is written.
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
    /// The part as it is written in a file.
    fileprivate var written: String {
        switch self {
        case .text(let text): text
        case .port(let service, let target, .tcp): "${PORT:\(service):\(target)}"
        case .port(let service, let target, let other): "${PORT:\(service):\(target)/\(other.rawValue)}"
        }
    }
}

extension PostUpMessage {
    /// How a placeholder begins. A letter or digit follows, which tells it from a variable `PORT` with a fallback.
    static let placeholderStart = "${PORT:"

    /// `post_up_message`: a string whose variables have been replaced and whose placeholders have not.
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

    /// The services whose ports the message names, and the ports.
    public var ports: [(service: String, target: UInt16, transportProtocol: PortMapping.TransportProtocol)] {
        parts.compactMap { part in
            guard case .port(let service, let target, let transportProtocol) = part else { return nil }
            return (service, target, transportProtocol)
        }
    }

    func rendered() -> Value { .string(parts.map(\.written).joined()) }
}
