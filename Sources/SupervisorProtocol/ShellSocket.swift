/// A socket at which one user of the host reaches the containers with OpenSSH.
package struct ShellSocket: Codable, Sendable, Hashable {
    /// Absolute; the supervisor makes it.
    package var path: String
    /// The user and the group that the socket belongs to. Root may connect as well, no other user.
    package var user: UInt32
    package var group: UInt32
    /// What serves a connection, which is its standard input and output.
    package var command: [String]

    package init(path: String, user: UInt32, group: UInt32, command: [String]) {
        self.path = path
        self.user = user
        self.group = group
        self.command = command
    }
}
