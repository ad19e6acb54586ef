import Foundation
import TestSupport

/// A build context as projects have them: a tree of sources in which most files are small, and a Dockerfile of twelve
/// instructions.
struct BuildingContext {
    let fileCount: Int
    private var random = RandomNumbers()

    static let filesPerDirectory = 20

    /// Twelve instructions after `FROM`. The sources come last, as one writes it so that a change of them is cheap; what
    /// comes after them reads them all.
    static let dockerfile = """
        ARG BASE
        FROM ${BASE}
        ARG SAMPLE=0
        ENV APP_HOME=/srv/app LANG=C.UTF-8
        WORKDIR /srv/app
        RUN echo "sample $SAMPLE" > /etc/sample && mkdir -p /var/lib/app && chown 1000:1000 /var/lib/app
        RUN for d in $(seq 20); do mkdir -p /opt/tools/$d; for f in $(seq 25); do echo "$d $f" > /opt/tools/$d/$f; done; done
        COPY manifest.txt lock.txt ./
        RUN mkdir vendor && while read name; do echo "module $name" > vendor/$name; done < lock.txt
        RUN sort vendor/* > vendor.txt && sha256sum vendor.txt > vendor.sum
        COPY src/ src/
        RUN find src -type f | sort | xargs cat | sha256sum > src.sum
        USER 1000
        CMD ["cat", "src.sum"]

        """

    init(fileCount: Int) {
        self.fileCount = fileCount
    }

    /// Writes it into a directory, which is made. The same files each time.
    mutating func write(to directory: String, dockerfile: String = Self.dockerfile) throws {
        let files = FileManager.default
        try files.createDirectory(atPath: "\(directory)/src", withIntermediateDirectories: true)
        func write(_ path: String, _ content: Data) throws {
            try content.write(to: URL(filePath: "\(directory)/\(path)"))
        }
        try write("Dockerfile", Data(dockerfile.utf8))
        try write(".dockerignore", Data("Dockerfile\n.dockerignore\n**/*.tmp\n".utf8))
        try write("manifest.txt", Data("app 1.0\n".utf8))
        try write("lock.txt", Data((1...200).map { "module-\($0)\n" }.joined().utf8))
        for number in 0..<fileCount {
            if number.isMultiple(of: Self.filesPerDirectory) {
                try files.createDirectory(
                    atPath: "\(directory)/src/\(Self.directory(number))", withIntermediateDirectories: true)
            }
            try write("src/\(Self.path(number))", content(number))
        }
    }

    /// Three levels of directories.
    private static func directory(_ number: Int) -> String {
        let directory = number / filesPerDirectory
        return "part\(directory / 50)/module\(directory % 50 / 5)/unit\(directory % 5)"
    }

    private static func path(_ number: Int) -> String { "\(directory(number))/file\(number).c" }

    /// A file in the middle, for changes.
    var someFile: String { "src/\(Self.path(fileCount / 2))" }

    /// Half of the files have up to 4 KiB, one in a hundred up to 256 KiB.
    private mutating func content(_ number: Int) -> Data {
        let most =
            switch random.next() % 100 {
            case 0: 262_144
            case 1..<10: 32_768
            case 10..<50: 12_288
            default: 4096
            }
        let size = 64 + Int(random.next() % UInt64(most))
        let line = Data("static const unsigned long value_\(number)_\(random.next()) = \(random.next());\n".utf8)
        var content = Data(capacity: size + line.count)
        while content.count < size { content.append(line) }
        return content
    }
}

/// The same numbers in each run: Knuth's linear congruential generator.
private struct RandomNumbers {
    private var state: UInt64 = 42

    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return state >> 33
    }
}
