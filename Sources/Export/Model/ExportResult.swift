internal import Envfile

/// One file of an export.
package struct ExportFile: Sendable, Hashable {
    /// Relative to the directory of the output.
    package var path: String
    /// The bytes of the file.
    package var content: [UInt8]
    /// Whether a file of that name that is there already stays: the user may have changed it.
    package var isKept = false
    /// Whether it holds secrets that are to be encrypted before they are written.
    package var isSecret = false

    package init(path: String, text: String, isKept: Bool = false, isSecret: Bool = false) {
        self.init(path: path, content: Array(text.utf8), isKept: isKept, isSecret: isSecret)
    }

    package init(path: String, content: [UInt8], isKept: Bool = false, isSecret: Bool = false) {
        self.path = path
        self.content = content
        self.isKept = isKept
        self.isSecret = isSecret
    }

    /// The content as text.
    package var text: String { String(decoding: content, as: UTF8.self) }
}

/// What an export gives.
package struct ExportResult: Sendable {
    /// The files of a directory.
    package var files: [ExportFile]
    /// The same as one stream.
    package var stream: String
    /// In the order in which they were found.
    package var losses: [Loss]
    /// The objects of a cluster; empty for other engines.
    package var objects: [KubernetesObject]
    /// Whether the documents name other files, so that a stream is not enough.
    package var needsDirectory: Bool
    /// Whether what holds secrets is to be encrypted before it is written.
    package var encryptsSecrets = false

    init(
        files: [ExportFile], stream: String, losses: [Loss], objects: [KubernetesObject] = [],
        needsDirectory: Bool = false
    ) {
        self.files = files
        self.stream = stream
        self.losses = losses
        self.objects = objects
        self.needsDirectory = needsDirectory
    }

    /// Whether nothing may be written.
    package var hasProblems: Bool { losses.contains { $0.severity == .problem } }
    /// Whether something that the files say is not in the documents.
    package var hasLosses: Bool { losses.contains { $0.severity != .note } }
}

/// The first line of every file, by which a later export knows the files of an earlier one.
package enum ExportHeader {
    /// The beginning of the first line of each written file: an export replaces and removes only files that begin with it.
    package static let mark = "# Written by `trice export"

    static func text(_ form: String) -> String {
        "\(mark) \(form)`: change the Envfile and export again.\n"
    }
}
