internal import Dockerfile
internal import OCI

/// Finds out why a step is not in the cache, from its components in the last build.
struct MissExplainer {
    let records: any BuildCacheRecords
    /// Of the last build; `nil` for none.
    let trace: StageTrace?
    /// The instructions of this build that make layers.
    let texts: [String]
    /// The base of the stage: for messages, and for the comparison.
    let baseName: String
    let baseKey: String
    let argumentNames: Set<String>

    /// - Parameters:
    ///   - number: From 0, among the steps that make layers.
    ///   - rebuilt: The last step above that was done in this build.
    func reason(
        for components: StepComponents, key: Digest, number: Int, rebuilt: String?
    ) throws(BuildError) -> CacheMiss {
        guard let trace else { return .firstBuild }
        guard let old = trace.step(for: number, in: texts) else {
            return parentReason(trace, rebuilt) ?? .stepAdded
        }
        guard old.text == components.text else { return .instructionChanged(before: old.text) }
        guard let bytes = try records.details(of: old.key), let before = KeptComponents.decoded(bytes) else {
            return parentReason(trace, rebuilt) ?? .layerRemoved
        }
        let now = try KeptComponents(components)
        if let name = Self.difference(before.variables, now.variables),
            components.countsVariables || usesVariables(before, now)
        {
            return argumentNames.contains(name) ? .argumentChanged(name) : .variableChanged(name)
        }
        if let name = Self.difference(before.settings, now.settings) { return .settingChanged(name) }
        if let miss = try inputReason(before, components) { return miss }
        if before.parent == now.parent { return .layerRemoved }
        return parentReason(trace, rebuilt) ?? .parentChanged
    }

    /// Whether it is the variables that make the settings different.
    private func usesVariables(_ before: KeptComponents, _ now: KeptComponents) -> Bool {
        before.settings != now.settings || before.inputs.map(\.digest) != now.inputs.map(\.digest)
    }

    private func parentReason(_ trace: StageTrace, _ rebuilt: String?) -> CacheMiss? {
        if let rebuilt { return .parentRebuilt(rebuilt) }
        return trace.base == baseKey ? nil : .baseChanged(baseName)
    }

    private func inputReason(_ before: KeptComponents, _ components: StepComponents) throws(BuildError) -> CacheMiss? {
        guard before.inputs.count == components.inputs.count else {
            return .inputChanged(components.inputs.last?.name ?? "what it reads")
        }
        var changes: [FileChange] = []
        var total = 0
        for (old, new) in zip(before.inputs, components.inputs) where old.digest != new.digest.description {
            guard let oldManifest = old.manifest.flatMap({ FileManifest(encoded: Array($0)) }),
                let files = new.files
            else { return .inputChanged(new.name) }
            let difference = oldManifest.changes(to: files.manifest)
            // The same files by other names.
            if difference.total == 0 { return .inputChanged(new.name) }
            changes += difference.changes
            total += difference.total
        }
        return total == 0 ? nil : .filesChanged(Array(changes.prefix(5)), total: total)
    }

    /// The first name, by alphabet, that has another value or is in one only.
    private static func difference(_ before: [String: String], _ now: [String: String]) -> String? {
        Set(before.keys).union(now.keys).filter { before[$0] != now[$0] }.min()
    }
}
