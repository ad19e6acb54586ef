/// What a request does with its target; RFC 9110 section 9 and RFC 5789.
enum HTTPMethod: String, Sendable {
    case GET, HEAD, POST, PUT, PATCH, DELETE

    /// Whether a request has a body even where there is nothing to send.
    var hasBody: Bool { [.POST, .PUT, .PATCH].contains(self) }
}

/// The fields of a message in their order; names are compared without regard to case; RFC 9110 section 5.
struct HTTPHeaders: Sendable, Hashable, ExpressibleByDictionaryLiteral {
    struct Field: Sendable, Hashable {
        var name: String
        var value: String
    }

    private(set) var fields: [Field] = []

    init() {}

    init(dictionaryLiteral elements: (String, String)...) {
        fields = elements.map { Field(name: $0, value: $1) }
    }

    mutating func add(name: String, value: String) { fields.append(Field(name: name, value: value)) }

    mutating func remove(name: String) { fields.removeAll { $0.name.isSameName(as: name) } }

    /// The values of all fields of this name.
    subscript(name: String) -> [String] { fields.filter { $0.name.isSameName(as: name) }.map(\.value) }

    func first(name: String) -> String? { fields.first { $0.name.isSameName(as: name) }?.value }

    func contains(name: String) -> Bool { first(name: name) != nil }
}

extension String {
    fileprivate func isSameName(as other: String) -> Bool {
        utf8.count == other.utf8.count && lowercased() == other.lowercased()
    }
}

/// A request to one address, as it is sent.
struct HTTPRequest: Sendable {
    enum Body: Sendable {
        case bytes([UInt8])
        /// Read while it is sent; its length is known.
        case content(BodySequence)

        var count: Int64 {
            switch self {
            case .bytes(let bytes): Int64(bytes.count)
            case .content(let content): Int64(content.range.count)
            }
        }
    }

    var address: WebAddress
    var method = HTTPMethod.GET
    var headers: HTTPHeaders = [:]
    var body: Body?

    init(_ address: WebAddress) { self.address = address }
}

/// The head of an answer, and the body that still comes.
struct HTTPResponse: Sendable {
    struct Head: Sendable {
        var status: Int
        var headers: HTTPHeaders
    }

    var head: Head
    var body: ResponseBody

    var status: Int { head.status }
    var headers: HTTPHeaders { head.headers }
}

/// Collects the lines of an answer's head; RFC 9112 section 2. A pure state.
struct HeadParser {
    private var status = 0
    private var headers = HTTPHeaders()
    /// The head, once it is whole. Interim answers (1xx) are left out, and trailers do not change it.
    private(set) var head: HTTPResponse.Head?

    mutating func receive(_ line: UnsafeRawBufferPointer) {
        guard head == nil else { return }
        let text = String(decoding: line, as: UTF8.self)
        let content = text.trimmingBlanks
        if content.isEmpty {
            if status >= 200 { head = HTTPResponse.Head(status: status, headers: headers) }
            (status, headers) = (0, HTTPHeaders())
        } else if status == 0 {
            let words = content.split(separator: " ", maxSplits: 2)
            if words.count > 1, let number = Int(words[1]) { status = number }
        } else if let colon = content.firstIndex(of: ":") {
            let value = content[content.index(after: colon)...]
            headers.add(name: String(content[..<colon]), value: String(value.trimmingBlanks))
        }
    }
}
