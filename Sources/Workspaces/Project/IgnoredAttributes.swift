internal import LinuxSystem

extension Workspace {
    /// Says once which attributes of a project have no effect: when the environment comes up, and when they change.
    package func noteIgnoredAttributes(of project: Project, _ sink: any EventSink) throws {
        let attributes = project.ignoredAttributes
        let text = attributes.map { $0 + "\n" }.joined()
        let path = layout.ignoredAttributes(of: id)
        // An unreadable list counts as none: the attributes are then named again.
        guard text != (try? Files.text(path)) ?? "" else { return }
        if !attributes.isEmpty {
            let shown = attributes.prefix(8).map { "`\($0)`" }.joined(separator: ", ")
            let rest = attributes.count > 8 ? " and \(attributes.count - 8) more" : ""
            sink.note("without effect: \(shown)\(rest); `trice validate` says where and why", isWarning: true)
        }
        try Files.createDirectory(layout.environmentState(id), mode: 0o700)
        try Files.write(text.utf8, to: path)
    }
}
