internal import Diagnostics

extension InstructionParser {
    func copy() throws(Failure) -> CopyInstruction {
        let flags = try FlagReader(
            node,
            [
                "from": .text, "chown": .text, "chmod": .text, "link": .boolean, "parents": .boolean, "exclude": .list,
            ])
        if let from = flags.word("from") { try checkFrom(from) }
        return CopyInstruction(
            transfer: try transfer(flags), from: flags.word("from"),
            keepsParents: try flags.boolean("parents") ?? false)
    }

    func add() throws(Failure) -> AddInstruction {
        let flags = try FlagReader(
            node,
            [
                "chown": .text, "chmod": .text, "link": .boolean, "exclude": .list, "checksum": .text,
                "keep-git-dir": .boolean, "unpack": .boolean,
            ])
        return AddInstruction(
            transfer: try transfer(flags), checksum: flags.word("checksum"),
            keepsGitDirectory: try flags.boolean("keep-git-dir"), unpacks: try flags.boolean("unpack"))
    }

    private func checkFrom(_ from: Word) throws(Failure) {
        guard !from.text.isEmpty else { throw Failure("`--from` names no stage", at: from.location) }
        guard !from.text.contains("$") else {
            throw Failure(
                "`--from` cannot hold a variable", at: from.location,
                hint: "give the image a name with `FROM \(from.text) AS NAME` and an ARG above the first FROM")
        }
    }

    private func transfer(_ flags: FlagReader) throws(Failure) -> FileTransfer {
        let words: [Word]
        switch node.arguments {
        case .words(let list), .json(let list): words = list
        default: throw missing("a source and a destination")
        }
        guard let destination = words.last, words.count > 1 else {
            throw missing("a destination behind the source")
        }
        guard HeredocMarker(destination.text) == nil else {
            throw Failure("a here-document cannot be the destination", at: destination.location)
        }
        if let mode = flags.word("chmod"), !mode.text.contains("$") { _ = try FileMode(mode.text, at: mode.location) }
        return FileTransfer(
            sources: words.dropLast().map(source), destination: destination, owner: flags.word("chown"),
            mode: flags.word("chmod"), isLinked: try flags.boolean("link") ?? false, excludes: flags.words("exclude"))
    }

    private func source(_ word: Word) -> FileSource {
        guard !node.heredocs.isEmpty, let marker = HeredocMarker(word.text),
            let heredoc = node.heredocs.last(where: { $0.name == marker.name })
        else { return .path(word) }
        return .heredoc(heredoc)
    }

    func run() throws(Failure) -> RunInstruction {
        let flags = try FlagReader(
            node, ["mount": .list, "network": .text, "security": .text, "device": .list])
        var mounts: [MountDeclaration] = []
        for word in flags.words("mount") { mounts.append(try MountDeclaration(word)) }
        var devices: [RunInstruction.Device] = []
        for word in flags.words("device") { devices.append(try RunInstruction.Device(word)) }
        return RunInstruction(
            command: try command(), heredocs: node.heredocs, mounts: mounts,
            network: try flags.choice("network", default: .default),
            security: try flags.choice("security", default: .sandbox), devices: devices)
    }
}

extension RunInstruction.Device {
    /// - Parameter word: Such as `vendor.com/class=name,required`.
    init(_ word: Word) throws(Failure) {
        self.init(name: "", isRequired: false)
        for field in try OptionList.fields(word) {
            let (key, value) = field.split(at: "=") ?? (field, nil as Word?)
            switch key.text.lowercased() {
            case "required":
                guard let isRequired = value.map({ GoValue.boolean($0.text) }) ?? true else {
                    throw Failure("`required` can be true or false", at: field.location)
                }
                self.isRequired = isRequired
            case "name" where value != nil && name.isEmpty: name = value?.text ?? ""
            case _ where name.isEmpty: name = field.text
            default:
                throw Failure(
                    "unknown option `\(key.text)` of a device", at: field.location,
                    hint: Suggestion.hint(for: key.text, in: ["name", "required"], listing: "the options are"))
            }
        }
        guard !name.isEmpty else { throw Failure("the device has no name", at: word.location) }
    }
}
