/// Why a step was done although a cache is there.
public enum CacheMiss: Sendable, Hashable {
    /// Nothing like it was built before.
    case firstBuild
    /// The instruction was not there in the last build, or that did not come so far.
    case stepAdded
    /// The user wanted it to be done.
    case cacheDisabled
    /// Another instruction stood here.
    case instructionChanged(before: String)
    /// An `ARG` has another value, or came or went.
    case argumentChanged(String)
    /// A variable of `ENV`.
    case variableChanged(String)
    /// Something else that the instruction or the build says, such as `the user` or `the network`.
    case settingChanged(String)
    /// Files that it reads; the first ones, and how many there are.
    case filesChanged([FileChange], total: Int)
    /// Something that it reads and of whose files nothing is known, such as an address or a mounted stage.
    case inputChanged(String)
    /// What the stage starts from, such as `the base image debian:12` or `the stage 'base'`.
    case baseChanged(String)
    /// A step above was done in this build.
    case parentRebuilt(String)
    /// A step above gave something else than in the last build; it was in the cache, too.
    case parentChanged
    /// It was done before with all the same, and the result has been removed since.
    case layerRemoved
}

extension CacheMiss: CustomStringConvertible {
    /// Such as `src/a.c changed`.
    public var description: String {
        switch self {
        case .firstBuild: return "first build"
        case .stepAdded: return "not done before"
        case .cacheDisabled: return "the cache is not to be used"
        case .instructionChanged(let before): return "the instruction changed; it was: \(before)"
        case .argumentChanged(let name): return "argument \(name) changed"
        case .variableChanged(let name): return "variable \(name) changed"
        case .settingChanged(let name): return "\(name) changed"
        case .filesChanged(let changes, let total):
            let rest = total > changes.count ? " and \(total - changes.count) more" : ""
            return changes.map(\.description).joined(separator: ", ") + rest
        case .inputChanged(let name): return "\(name) changed"
        case .baseChanged(let name): return "\(name) changed"
        case .parentRebuilt(let text): return "an earlier step was rebuilt: \(text)"
        case .parentChanged: return "an earlier step is another than in the last build"
        case .layerRemoved: return "its layer was removed"
        }
    }
}
