/// Access tokens until they expire, by the request for which they were issued.
struct TokenCache {
    struct Key: Hashable, Sendable {
        var realm: String
        var service: String
        /// Sorted.
        var scopes: [String]
        /// The owner of the credentials: the registry as the user writes it.
        var owner: String
    }

    private struct Entry {
        var token: String
        var expiry: ContinuousClock.Instant
    }

    /// The lifetime of a token without one in the answer; distribution's token specification.
    static let defaultLifetime: Duration = .seconds(60)

    private var entries: [Key: Entry] = [:]

    /// A token that lives on for at least a tenth of its time or ten seconds, so that it does not expire on its way.
    func token(_ key: Key, now: ContinuousClock.Instant) -> String? {
        guard let entry = entries[key], entry.expiry > now else { return nil }
        return entry.token
    }

    mutating func keep(_ token: String, for key: Key, lifetime: Duration, now: ContinuousClock.Instant) {
        entries[key] = Entry(token: token, expiry: now + lifetime - min(.seconds(10), lifetime / 10))
    }

    /// Removes a token that a server no longer accepts.
    mutating func forget(_ key: Key) { entries[key] = nil }
}
