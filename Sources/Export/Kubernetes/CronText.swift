/// Expressions of crontab(5) as Kubernetes reads them: Sunday is 0 there, and never 7.
enum CronText {
    static func forKubernetes(_ text: String) -> String {
        var fields = text.split(whereSeparator: \.isWhitespace).map(String.init)
        guard fields.count == 5 else { return text }
        fields[4] = fields[4].split(separator: ",").map(String.init).map(entry).joined(separator: ",")
        return fields.joined(separator: " ")
    }

    private static func entry(_ text: String) -> String {
        let parts = text.split(separator: "/", maxSplits: 1).map(String.init)
        let step = parts.count > 1 ? Int(parts[1]) : nil
        let ends = parts[0].split(separator: "-").map { Int($0) }
        if ends == [7] { return "0" }
        guard ends.count == 2, let first = ends[0], ends[1] == 7 else { return text }
        return stride(from: first, through: 7, by: max(1, step ?? 1)).map { String($0 % 7) }.joined(separator: ",")
    }
}
