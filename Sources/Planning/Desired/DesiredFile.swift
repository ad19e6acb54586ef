import Envfile

extension DesiredContainer {
    /// A secret or config: a file in the container's memory.
    package struct File: Hashable, Sendable, Codable {
        /// What the file contains.
        package enum Content: Hashable, Sendable, Codable {
            case text(String)
            case bytes([UInt8])

            package init(_ bytes: [UInt8]) {
                if let text = String(validating: bytes, as: UTF8.self) {
                    self = .text(text)
                } else {
                    self = .bytes(bytes)
                }
            }

            /// The content as it is written.
            package var bytes: [UInt8] {
                switch self {
                case .text(let text): Array(text.utf8)
                case .bytes(let bytes): bytes
                }
            }
        }

        /// The absolute path in the container.
        package var target: String
        package var content: Content
        package var user: UInt32
        package var group: UInt32
        /// Permission bits such as `0o444`.
        package var mode: UInt32

        package init(target: String, content: Content, user: UInt32 = 0, group: UInt32 = 0, mode: UInt32 = 0o444) {
            self.target = target
            self.content = content
            self.user = user
            self.group = group
            self.mode = mode
        }
    }
}

extension DesiredContainer.File {
    /// `nil` for a reference without content, which the reader has refused.
    init?(_ reference: FileReference) {
        guard let content = reference.content else { return nil }
        self.init(
            target: reference.containerPath, content: Content(content),
            user: reference.user.flatMap { UInt32($0) } ?? 0, group: reference.group.flatMap { UInt32($0) } ?? 0,
            mode: reference.mode ?? 0o444)
    }
}
