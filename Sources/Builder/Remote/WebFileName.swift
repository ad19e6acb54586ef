/// The name of a downloaded file in the destination directory of `ADD`: the last part of its address's path.
struct WebFileName {
    /// BuildKit's name for files whose address has no name.
    private static let unnamed = "__unnamed__"

    let text: String

    init(_ address: String) {
        let rest = address.firstRange(of: "://").map { address[$0.upperBound...] } ?? address[...]
        let path = rest.prefix { $0 != "?" && $0 != "#" }.drop { $0 != "/" }
        let decoded = Self.decoded(path.split(separator: "/").last ?? "")
        // An encoded slash, or a name that no file can have, must not lead elsewhere.
        let name = decoded.split(separator: "/").last ?? ""
        text = name.isEmpty || name == "." || name == ".." || name.contains("\0") ? Self.unnamed : String(name)
    }

    /// Decodes percent-encoded bytes; RFC 3986, section 2.1.
    private static func decoded(_ text: Substring) -> String {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            let digits = rest.prefix(2)
            if byte == UInt8(ascii: "%"), digits.count == 2, let value = UInt8(Substring(digits), radix: 16) {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
