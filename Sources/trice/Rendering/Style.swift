/// Colours of a terminal, or nothing where they would be noise; `NO_COLOR` switches them off (no-color.org).
struct Style {
    var isOn: Bool

    init(isOn: Bool) {
        self.isOn = isOn
    }

    init(descriptor: Int32) {
        let variables = ProcessEnvironment.current
        isOn =
            ProcessEnvironment.isTerminal(descriptor) && variables["NO_COLOR", default: ""].isEmpty
            && variables["TERM"] != "dumb"
    }

    func bold(_ text: String) -> String { wrap(text, "1") }
    func faint(_ text: String) -> String { wrap(text, "2") }
    func red(_ text: String) -> String { wrap(text, "31") }
    func green(_ text: String) -> String { wrap(text, "32") }
    func yellow(_ text: String) -> String { wrap(text, "33") }
    func cyan(_ text: String) -> String { wrap(text, "36") }

    private func wrap(_ text: String, _ code: String) -> String {
        isOn ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
    }
}
