internal import Execution
internal import Snapshots

/// What people read about packages.
enum PackageText {
    /// What a package has, and what is left out.
    static func lines(_ report: PackageReport) -> [String] {
        var parts: [String] = []
        if report.snapshot == nil {
            parts.append("no snapshot")
        } else {
            let content =
                (report.containers.isEmpty ? [] : ["containers \(report.containers.joined(separator: ", "))"])
                + (report.volumes.isEmpty ? [] : ["volumes \(report.volumes.joined(separator: ", "))"])
            parts.append("a snapshot (\(content.joined(separator: "; ")))")
        }
        parts.append("\(report.images.count) image\(report.images.count == 1 ? "" : "s")")
        parts.append("\(report.files.count) file\(report.files.count == 1 ? "" : "s")")
        let target = report.target == "-" ? "standard output" : report.target
        var lines = ["wrote \(target) (\(Format.bytes(report.size))): \(parts.joined(separator: ", "))"]
        lines += leftOut(report.leftOut, heading: "Left out:")
        if !report.plainSecrets.isEmpty {
            lines.append("In plain text in a file of the package: \(report.plainSecrets.joined(separator: ", "))")
        }
        if report.snapshot != nil {
            lines.append(
                "What volumes have and containers wrote is in it as it is, secrets that programs store there too.")
        }
        return lines
    }

    /// What was made of a package, and what is still to do.
    static func lines(_ project: UnpackedProject, isHere: Bool) -> [String] {
        var lines = project.files.map { "wrote \($0)" }
        lines += project.images.map { "loaded \($0)" }
        if let snapshot = project.snapshot {
            let volumes = project.volumes.isEmpty ? "" : " (volumes \(project.volumes.joined(separator: ", ")))"
            lines.append("restored \(snapshot)\(volumes)")
        }
        let needed = project.leftOut.filter { $0.reason != .build }
        lines += leftOut(needed, heading: "Not part of the package, and yours to put there:")
        let files = project.envfiles.map { "-f \($0) " }.joined()
        let move = isHere ? "" : "cd \(project.directory) && "
        lines.append("Now: \(move)trice \(files)up --offline")
        return lines
    }

    private static func leftOut(_ all: [PackageDocument.LeftOut], heading: String) -> [String] {
        guard !all.isEmpty else { return [] }
        return [heading] + all.map { "  \($0.path): \(reason($0))" }
    }

    private static func reason(_ item: PackageDocument.LeftOut) -> String {
        let use = item.use == "read" || item.use.isEmpty ? "" : " (\(item.use))"
        switch item.reason {
        case .secret: return item.use
        case .variables:
            return item.variables.isEmpty ? "variables" : "the variables \(item.variables.joined(separator: ", "))"
        case .credentials: return "by its name it may have credentials\(use)"
        case .folder: return "a shared folder\(use)"
        case .build: return "sources whose image is included\(use)"
        case .outside: return "not a file of the project directory\(use)"
        }
    }
}
