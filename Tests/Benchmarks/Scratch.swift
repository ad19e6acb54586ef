import TestSupport

/// An empty ext4 file system in a file.
///
/// ext4 does not give an inode's number away again for some minutes after its deletion, and looks at all of them for
/// every new file: the remains of one sample would make the files of the next several times as expensive. So no sample
/// begins on a file system where another has removed something.
enum Scratch {
    /// Makes the file and mounts it on the directory, which is made too. What is still mounted when the fixture of the
    /// directory ends is unmounted then.
    static func mount(_ file: String, on directory: String) throws {
        let script = """
            truncate -s 4G \(file)
            mkfs.ext4 -q -F -i 8192 -E lazy_itable_init=0,lazy_journal_init=0 \(file)
            mkdir -p \(directory)
            mount -o loop \(file) \(directory)
            """
        try measure(Command("sh", ["-ec", script]))
    }

    /// Runs `body` with the directory of a new file system, which is gone afterwards.
    static func with<Result>(_ fixture: Fixture, _ body: (String) throws -> Result) throws -> Result {
        let file = "\(fixture.directory)/scratch.img"
        let directory = "\(fixture.directory)/scratch"
        try mount(file, on: directory)
        // After a failure the fixture unmounts it.
        let result = try body(directory)
        try measure(Command("umount", [directory]))
        try measure(Command("rm", [file]))
        return result
    }

    /// Makes a file system with something in it, to begin samples with; `withCopy` takes it by its name.
    static func prepare(_ name: String, _ fixture: Fixture, _ body: (String) throws -> Void) throws {
        let directory = "\(fixture.directory)/scratch"
        try mount("\(fixture.directory)/\(name).img", on: directory)
        try body(directory)
        try measure(Command("umount", [directory]))
    }

    /// Runs `body` with the directory of a copy of a prepared file system, which is gone afterwards.
    static func withCopy(_ name: String, _ fixture: Fixture, _ body: (String) throws -> Void) throws {
        let file = "\(fixture.directory)/scratch.img"
        let directory = "\(fixture.directory)/scratch"
        let script = """
            cp --sparse=always \(fixture.directory)/\(name).img \(file)
            mount -o loop \(file) \(directory)
            """
        try measure(Command("sh", ["-ec", script]))
        try body(directory)
        try measure(Command("umount", [directory]))
        try measure(Command("rm", [file]))
    }

    /// Brings a file system to rest; syncfs(2).
    @discardableResult
    static func sync(_ directory: String) throws -> Duration {
        try measure(Command("sync", ["-f", directory]))
    }
}
