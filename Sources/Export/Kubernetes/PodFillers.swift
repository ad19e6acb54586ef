internal import Envfile

/// What the containers of one pod have in common.
struct PodParts {
    var volumes = PodVolumes()
    /// The containers of `pre_start`.
    var steps: [Value] = []
    /// The containers that fill volumes, before the steps.
    private(set) var fillers: [Value] = []
    private var filled: Set<String> = []
    private var portNames: Set<Value> = []
    private var portNumbers: Set<Value> = []

    /// Whether nothing has filled the volume yet; it counts as filled from now on.
    mutating func claimFilling(of volume: String) -> Bool { filled.insert(volume).inserted }

    mutating func add(filler: Value) { fillers.append(filler) }

    /// The ports that no earlier container of the pod has, with names that none of them has.
    mutating func ports(_ ports: [Value]) -> [Value] {
        ports.compactMap { port in
            let place = ["containerPort", "protocol", "hostPort", "hostIP"].map { port[$0] ?? .null }
            guard portNumbers.insert(.list(place)).inserted else { return nil }
            guard let name = port["name"], !portNames.insert(name).inserted else { return port }
            guard case .integer(let number)? = port["containerPort"], case .string(let transport)? = port["protocol"]
            else {
                return port
            }
            return port.setting(["name"], to: .string("\(transport.lowercased())-\(number)"))
        }
    }

    /// The containers that run before the others, one after the other.
    ///
    /// - Parameter taken: the names of the others.
    func initial(besides taken: Set<String>) -> [Value] {
        (fillers + steps).map { container in
            guard case .string(let name)? = container["name"], taken.contains(name) else { return container }
            return container.setting(["name"], to: .string("\(name)-init"))
        }
    }
}

/// Containers that run before those of a pod, to fill what these mount.
extension KubernetesWriter {
    /// Adds the containers that fill what a container mounts, where no other one of the pod does.
    func fill(_ mounted: ContainerMounts, of workload: Workload, prefix: String, _ parts: inout PodParts) {
        let images = mounted.images.filter { parts.claimFilling(of: $0.volume) }
        if !images.isEmpty { parts.add(filler: imageFiller(images, named: "\(prefix)fill", workload)) }
        for (number, copy) in mounted.copies.filter({ parts.claimFilling(of: $0.volume) }).enumerated() {
            let name = "\(prefix)sync-\(number + 1)"
            parts.add(filler: filler(copy.set, named: name, into: copy.volume, workload, &parts.volumes))
        }
    }

    /// Copies the files of a set into space that the containers may write to.
    func filler(
        _ id: FileSet.ID, named name: String, into space: String, _ workload: Workload, _ volumes: inout PodVolumes
    ) -> Value {
        let files = setsByID[id]?.files ?? []
        let source = volumes.add(id, definition(ofSet: id, mode: nil))
        var lines: [String] = []
        var directories: Set<String> = []
        for file in files {
            let parts = file.path.split(separator: "/").dropLast()
            if !parts.isEmpty, directories.insert(parts.joined(separator: "/")).inserted {
                lines.append("mkdir -p \(ShellText.quoted("/trice/target/" + parts.joined(separator: "/")))")
            }
            let target = ShellText.quoted("/trice/target/\(file.path)")
            lines.append("cp \(ShellText.quoted("/trice/source/\(file.path)")) \(target)")
            lines.append("chmod \(file.isExecutable ? "755" : "644") \(target)")
        }
        return .fields([
            "name": .string(name), "image": .string(workload.image.reference),
            "command": .texts(["/bin/sh", "-ec", VariableEscape.escaped(lines.joined(separator: "\n"))]),
            "securityContext": securityContext(of: workload),
            "volumeMounts": .list([
                .fields([
                    "name": .string(source), "mountPath": .string("/trice/source"), "readOnly": .bool(true),
                ]),
                .fields(["name": .string(space), "mountPath": .string("/trice/target")]),
            ]),
        ])
    }

    /// Copies what the image has at the targets of new volumes, as Docker and Trice do for theirs.
    func imageFiller(_ images: [(volume: String, path: String)], named name: String, _ workload: Workload) -> Value {
        let places = images.enumerated().map { (path: $1.path, place: "/trice/volume-\($0 + 1)") }
        let script = VolumeFilling.script(places, isRoot: workload.isRoot)
        return .fields([
            "name": .string(name), "image": .string(workload.image.reference),
            "command": .texts(["/bin/sh", "-ec", VariableEscape.escaped(script)]),
            "securityContext": securityContext(of: workload),
            "volumeMounts": .list(
                zip(images, places).map { image, place in
                    .fields(["name": .string(image.volume), "mountPath": .string(place.place)])
                }),
        ])
    }
}

/// The script that copies directories of an image into new volumes; it needs `sh`, `cp`, `mkdir` and `rmdir`.
///
/// A volume with anything in it stays as it is, but for the `lost+found` of a new file system. A copy that was broken off is
/// known by a directory `.trice-fill`, and is done again.
enum VolumeFilling {
    /// - Parameters:
    ///   - places: directories of the image, and where their volumes are mounted.
    ///   - isRoot: whether the script may give the files and the volume itself the owners that they have in the image.
    static func script(_ places: [(path: String, place: String)], isRoot: Bool) -> String {
        let copy =
            isRoot
            ? ["    cp -a \"$1/.\" ."]
            : [
                "    for name in \"$1\"/* \"$1\"/.[!.]* \"$1\"/..?*; do",
                "      if [ -e \"$name\" ] || [ -L \"$name\" ]; then cp -a \"$name\" .; fi", "    done",
            ]
        let lines =
            [
                "fill() {", "  cd \"$2\"", "  full=", "  for name in * .[!.]* ..?*; do",
                "    case $name in '*' | '.[!.]*' | '..?*' | lost+found | .trice-fill) ;; *) full=1 ;; esac", "  done",
                "  if [ -e .trice-fill ] || [ -z \"$full\" ]; then", "    mkdir -p .trice-fill",
            ] + copy + ["    rmdir .trice-fill", "  fi", "}"]
        let calls = places.map { "fill \(ShellText.quoted($0.path)) \($0.place)" }
        return (lines + calls).joined(separator: "\n")
    }
}

/// Texts as words of a shell.
enum ShellText {
    static func quoted(_ text: String) -> String {
        "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
    }
}
