/// What Kubernetes takes for references to variables in `command`, `args` and the values of `env`: `$(NAME)`.
///
/// `$$` stands for one `$` there, so that every `$` before `(` or before another `$` is written twice; a text then means
/// itself, as it does in the files.
enum VariableEscape {
    static func escaped(_ text: String) -> String {
        guard text.utf8.contains(UInt8(ascii: "$")) else { return text }
        let bytes = Array(text.utf8)
        var result: [UInt8] = []
        for (index, byte) in bytes.enumerated() {
            result.append(byte)
            guard byte == UInt8(ascii: "$"), index + 1 < bytes.count else { continue }
            if bytes[index + 1] == UInt8(ascii: "(") || bytes[index + 1] == byte { result.append(byte) }
        }
        return String(decoding: result, as: UTF8.self)
    }
}
