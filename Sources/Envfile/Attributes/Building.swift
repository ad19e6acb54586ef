extension ServiceDraft {
    /// The source of the image.
    static let buildKeys: Keys = [
        .init(
            "build", .build, keys: .fields(Build.keys), decode: { $1.service.build = Build.decoded(from: $0) },
            renderInContext: { model, context in model.build?.rendered(context.format) }
        ).merged(.build)
    ]
}
