package import OCI

extension Host {
    /// The image of that name or id; the path of a directory is relative to that of the request.
    package func find(_ name: String, _ request: ProjectRequest) throws -> ImageLibrary.Entry {
        try images.find(name, relativeTo: request.workingDirectory)
    }
}

extension Reference {
    /// This, unless it has a digest: a digest is no name that can be given.
    package func checkedTag(_ text: String) throws(EngineError) -> Reference {
        guard digest == nil else {
            throw EngineError(.image, "\(text) has a digest, which is no name that can be given; leave it out.")
        }
        return self
    }
}
