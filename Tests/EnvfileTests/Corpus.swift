import Glibc
import TestSupport

@testable import Envfile

/// The shared corpus of real files.
enum Corpus {
    static let root = Requirement.corpusDirectory

    /// The files below a folder whose name passes, sorted, as absolute paths.
    static func files(below folder: String, where condition: (String) -> Bool) -> [String] {
        var found: [String] = []
        var pending = [root + "/" + folder]
        while let directory = pending.popLast() {
            for name in names(in: directory) {
                let path = directory + "/" + name
                if FileContents.read(path) == .directory {
                    pending.append(path)
                } else if condition(name) {
                    found.append(path)
                }
            }
        }
        return found.sorted()
    }

    static func text(_ path: String) -> String? {
        guard case .bytes(let bytes) = FileContents.read(path) else { return nil }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func names(in directory: String) -> [String] {
        guard let stream = opendir(directory) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }
}
