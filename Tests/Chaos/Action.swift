import TestSupport

/// A command during which processes are killed.
enum Action: String, CaseIterable, Sendable {
    case up, recreate, edit, down, build, pull, commit, prune, exec

    /// The arguments of `trice`.
    func arguments(_ scene: ChaosScene) -> [String] {
        switch self {
        case .up, .edit: ["up"]
        case .recreate: ["up", "--force-recreate"]
        case .down: ["down", "--timeout", "1"]
        case .build: ["build", "--no-cache", "-t", "\(scene.fixture.id)-built", "image"]
        case .pull: ["image", "pull", scene.published]
        case .commit: ["commit", "web", "\(scene.fixture.id)-committed"]
        case .prune: ["image", "prune"]
        case .exec: ["exec", "web", "--", "sh", "-c", "echo inside >/tmp/file; sleep 0.1"]
        }
    }
}
