/// A variable with its value.
package struct Variable: Hashable, Sendable, CustomStringConvertible {
    package var name: String
    package var value: String

    package init(name: String, value: String) {
        self.name = name
        self.value = value
    }

    /// - Parameter assignment: Such as `PATH=/bin`; without an equals sign the value is empty.
    package init(_ assignment: String) {
        let parts = assignment.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        self.init(name: parts.first.map(String.init) ?? "", value: parts.count == 2 ? String(parts[1]) : "")
    }

    package var description: String { "\(name)=\(value)" }
}

extension [Variable] {
    /// Sets the value of a variable in its position, or at the end when it is new.
    package mutating func set(_ name: String, _ value: String) {
        if let index = firstIndex(where: { $0.name == name }) {
            self[index].value = value
        } else {
            append(Variable(name: name, value: value))
        }
    }

    /// The value of the last variable of that name; `nil` for none.
    package func value(of name: String) -> String? { last { $0.name == name }?.value }
}
