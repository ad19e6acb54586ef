/// One event of libyaml's parser.
struct Event: Sendable {
    enum Payload: Sendable, Equatable {
        case streamStart
        case streamEnd
        case documentStart(isExplicit: Bool)
        case documentEnd(isExplicit: Bool)
        case alias(String)
        case scalar(text: String, style: Scalar.Style, anchor: String?, tag: String?)
        case sequenceStart(anchor: String?, tag: String?, isFlow: Bool)
        case sequenceEnd
        case mappingStart(anchor: String?, tag: String?, isFlow: Bool)
        case mappingEnd
    }

    var payload: Payload
    var mark: Mark
}

/// Why a file is not YAML.
struct SyntaxProblem: Error {
    var message: String
    var hint: String?
    var mark: Mark
}
