internal import Images

/// `login` and `logout`.
extension Engine {
    /// - Returns: what there is to say, such as where the password is kept.
    public func login(to registry: String, user: String, password: String) throws -> [String] {
        try host().images.store.login(to: registry, user: user, password: password)
    }

    public func logout(from registry: String) throws -> [String] {
        try host().images.store.logout(from: registry)
    }
}
