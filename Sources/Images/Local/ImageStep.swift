internal import Glibc
package import OCI

/// The description of one step in an image's history; image-spec config.md `history`.
package struct ImageStep: Sendable, Hashable {
    /// The command, or the instruction, that made it.
    package var createdBy: String?
    /// The message of a commit.
    package var comment: String?
    package var author: String?
    /// In RFC 3339.
    package var created: String

    package init(
        createdBy: String? = nil, comment: String? = nil, author: String? = nil, created: String = CreationTime.now()
    ) {
        self.createdBy = createdBy
        self.comment = comment
        self.author = author
        self.created = created
    }

    func history(isEmpty: Bool) -> ImageConfiguration.History {
        var entry = ImageConfiguration.History(
            createdBy: createdBy, comment: comment, emptyLayer: isEmpty ? true : nil)
        entry.created = created
        entry.author = author
        return entry
    }
}

/// The creation time for a new document.
package enum CreationTime {
    /// SOURCE_DATE_EPOCH when it is set, in seconds since 1970; reproducible-builds.org "SOURCE_DATE_EPOCH".
    package static var sourceDateEpoch: Int64? {
        getenv("SOURCE_DATE_EPOCH").flatMap { Int64(String(cString: $0)) }
    }

    /// Seconds since 1970, by the clock.
    static var seconds: Int64 { Int64(time(nil)) }

    /// SOURCE_DATE_EPOCH, or else the clock's time, in RFC 3339.
    package static func now() -> String {
        text(sourceDateEpoch ?? seconds)
    }

    /// Seconds since 1970 as RFC 3339 in UTC.
    package static func text(_ seconds: Int64) -> String {
        var moment = time_t(seconds)
        var parts = tm()
        gmtime_r(&moment, &parts)
        func padded(_ number: Int32, _ width: Int = 2) -> String {
            let digits = String(number)
            return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
        }
        let day = "\(padded(parts.tm_year + 1900, 4))-\(padded(parts.tm_mon + 1))-\(padded(parts.tm_mday))"
        return "\(day)T\(padded(parts.tm_hour)):\(padded(parts.tm_min)):\(padded(parts.tm_sec))Z"
    }
}

/// A change of how containers of an image are run.
package typealias ExecutionEdit = (inout ImageConfiguration.Execution) throws(ImageError) -> Void

extension LocalImage {
    /// The image after one more step: a layer on top, or with `nil` only a change of the configuration.
    ///
    /// `edit` changes the execution defaults. The step becomes the last entry of the history, and the image gets the
    /// step's time and, if it has one, its author.
    package func adding(
        _ layer: LayerName?, by step: ImageStep,
        edit: ExecutionEdit? = nil
    ) throws(ImageError) -> LocalImage {
        var configuration = configuration
        try edit?(&configuration.config)
        // Readers count: an entry for each layer, or none at all.
        let known = configuration.history.count { $0.emptyLayer != true }
        let missing = max(0, baseLayers.count + layers.count - known)
        configuration.history += Array(repeating: ImageConfiguration.History(), count: missing)
        configuration.history.append(step.history(isEmpty: layer == nil))
        configuration.created = step.created
        if let author = step.author { configuration.author = author }
        let added = layer.map { [Layer(name: $0, historyPosition: configuration.history.count - 1)] } ?? []
        return try LocalImage(configuration: configuration, baseLayers: baseLayers, layers: layers + added)
    }
}
