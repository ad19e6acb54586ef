/// The reason why a step runs although there is a cache.
package enum CacheMiss: Sendable, Hashable {
    /// Nothing like it was built before.
    case firstBuild
    /// The last build had no such instruction, or ended before it.
    case stepAdded
    /// The user disabled the cache for it.
    case cacheDisabled
    /// The last build had another instruction here.
    case instructionChanged(before: String)
    /// The value of an `ARG` has changed, or the argument was added or removed.
    case argumentChanged(String)
    /// A variable of `ENV`.
    case variableChanged(String)
    /// Another setting of the instruction or of the build, such as `the user` or `the network`.
    case settingChanged(String)
    /// Files that it reads; the first ones, and how many there are.
    case filesChanged([FileChange], total: Int)
    /// An input without known files, such as an address or a mounted stage.
    case inputChanged(String)
    /// The root of the stage, such as `the base image debian:12` or `the stage 'base'`.
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
    package var description: String {
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
