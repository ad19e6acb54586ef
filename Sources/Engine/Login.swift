internal import ImageCommands

/// `login` and `logout`.
extension Engine {
    /// - Returns: what there is to say, such as where the password is kept.
    package func login(to registry: String, user: String, password: String) throws -> [String] {
        try images.login(to: registry, user: user, password: password)
    }

    /// Forgets the credentials of a registry, and returns the notes for the user.
    package func logout(from registry: String) throws -> [String] {
        try images.logout(from: registry)
    }
}
