package import Images

extension Reporter {
    /// Tells how far an image is.
    package func send(_ progress: ImageProgress) {
        switch progress {
        case .message(let text): send(.progress(text))
        case .layer(let layer):
            send(
                .part(
                    Event.Part(
                        name: layer.layer, doing: layer.phase.words, isDone: layer.phase.isLast,
                        completed: layer.completed, total: layer.total)))
        }
    }
}

extension LayerProgress.Phase {
    fileprivate var words: String {
        switch self {
        case .waiting, .downloading, .unpacking, .uploading: rawValue
        case .present: "already here"
        case .done: "done"
        }
    }

    fileprivate var isLast: Bool { self == .present || self == .done }
}
