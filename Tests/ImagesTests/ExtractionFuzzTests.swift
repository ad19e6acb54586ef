import Glibc
import Images
import LinuxSystem
import OCI
import SystemPackage
import TestSupport
import Testing

/// Damaged archives of every kind: nothing crashes, nothing leaves the layer, nothing stays behind.
@Suite(.timeLimit(.minutes(5))) struct ExtractionFuzzTests {
    /// SplitMix64: the same damage in every run.
    private struct Generator: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9e37_79b9_7f4a_7c15
            var z = state
            z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
            z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
            return z ^ (z >> 31)
        }
    }

    /// Archives that hold links to the outside, so that damage needs little to follow them.
    private func seeds(_ fixture: Fixture, outside: FilePath) throws -> [[UInt8]] {
        let body = """
            add('d', type=DIR, mode=0o755); add('d/f', b'x' * 700, pax_headers={"SCHILY.xattr.user.k": "v"})
            add('l', type=SYM, linkname='\(outside)'); add('m/victim', b'evil'); add('h', type=LNK, linkname='d/f')
            add('d/' + 'n' * 150, b'long'); add('c', type=CHR, devmajor=1, devminor=3); add('.wh.gone'); add('d/.wh..wh..opq')
            add('up/evil', b'evil'); add('e', type=SYM, linkname='../' * 12); add('k', type=LNK, linkname='l')
            """
        try fixture.archive("pax.tar", "w", body)
        try fixture.archive("gnu.tar", "w", "t.format = tarfile.GNU_FORMAT\n" + body)
        try fixture.archive("packed.tar", "w:gz", body)
        try fixture.run(
            "sh",
            [
                "-c",
                "truncate -s 1M s; printf x >> s; ln -s '\(outside)' l; for v in 0.0 0.1 1.0; do tar --format=posix --sparse-version=$v -S -cf sparse-$v.tar s l; done; tar --format=gnu -S -cf old.tar s l; zstd -q gnu.tar -o zstd.tar",
            ])
        return try ["pax", "gnu", "packed", "sparse-0.0", "sparse-0.1", "sparse-1.0", "old", "zstd"].map {
            try Files.read(fixture.directory.appending("\($0).tar"))
        }
    }

    /// Changes some bytes or blocks, and mends the checksums of headers most of the time so that the damage counts.
    private func damage(_ seed: [UInt8], _ generator: inout Generator) -> [UInt8] {
        var bytes = seed
        for _ in 0..<Int.random(in: 1...4, using: &generator) where bytes.count > 512 {
            let blocks = Array(stride(from: 0, to: bytes.count - 511, by: 512))
            let headers = blocks.filter { bytes[$0 + 257..<$0 + 262].elementsEqual("ustar".utf8) }
            let isHeader = Int.random(in: 0..<4, using: &generator) > 0
            let block =
                (isHeader ? headers.randomElement(using: &generator) : nil) ?? blocks.randomElement(using: &generator)
                ?? 0
            switch Int.random(in: 0..<6, using: &generator) {
            case 0:
                bytes[Int.random(in: bytes.indices, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
            case 1: bytes.removeSubrange(block..<min(block + 512, bytes.count))
            case 2: bytes.insert(contentsOf: bytes[block..<min(block + 512, bytes.count)], at: block)
            case 3:
                bytes[min(block + 156, bytes.count - 1)] =
                    Array("0123456LKxgSDV7".utf8).randomElement(using: &generator) ?? 0
            case 4:
                let names = [
                    "l/evil", "../evil", "e/tmp/evil", "l", "m", "/", ".wh.l", "d/../../evil", "up", "k/victim",
                ]
                let name = Array((names.randomElement(using: &generator) ?? "").utf8) + [0]
                let at = block + (Bool.random(using: &generator) ? 0 : 157)
                for (index, byte) in name.enumerated() where at + index < bytes.count { bytes[at + index] = byte }
            default:
                let at = block + 100 + Int.random(in: 0..<48, using: &generator)
                if at < bytes.count { bytes[at] = [0, 0x37, 0x80, 0xff].randomElement(using: &generator) ?? 0 }
            }
        }
        guard Int.random(in: 0..<8, using: &generator) > 0 else { return bytes }
        for block in stride(from: 0, to: bytes.count - 511, by: 512)
        where bytes[block + 257..<block + 262].elementsEqual("ustar".utf8) {
            for index in 148..<156 { bytes[block + index] = 0x20 }
            let text = String(bytes[block..<block + 512].reduce(0) { $0 + Int($1) }, radix: 8)
            let digits = Array((String(repeating: "0", count: max(0, 6 - text.utf8.count)) + text).utf8) + [0]
            for (index, byte) in digits.prefix(7).enumerated() { bytes[block + 148 + index] = byte }
        }
        return bytes
    }

    @Test(.enabled("needs root") { try Requirement.met(.root) }, .timeLimit(.minutes(3)))
    func damagedArchivesStayInside() throws {
        let fixture = try Fixture()
        let outside = fixture.directory.appending("outside")
        try Files.createDirectory(outside)
        try fixture.write("outside/victim", "v")
        let seeds = try seeds(fixture, outside: outside)
        var limits = ExtractionLimits()
        limits.maximumSize = 16 << 20
        let store = try fixture.store(limits)
        let digest = try Digest("sha256:" + String(repeating: "0", count: 64))
        var generator = Generator(state: 20)
        var codes: [ImageError.Code: Int] = [:]
        for round in 0..<600 {
            let bytes = damage(seeds[round % seeds.count], &generator)
            let channel = ByteChannel(capacity: 64 << 20)
            // One thread reads most of them; a larger promise makes it several.
            let size = Int64(round % 16 == 0 ? 64 << 20 : bytes.count)
            try channel.offer(bytes)
            channel.finish()
            let error = try imageError {
                try store.layers.unpack(
                    from: channel, Descriptor(.layer, digest, size: size), diffID: digest, into: store.content)
            }
            codes[error.code, default: 0] += 1
        }
        #expect(try Files.names(in: outside) == ["victim"])
        #expect(try fixture.read(outside.appending("victim")) == "v")
        #expect(try fixture.leftovers() == [])
        #expect(try Files.names(in: fixture.directory).filter { $0.contains("evil") } == [])
        // A digest that is wrong is only found when everything was unpacked.
        #expect(codes[.digestMismatch, default: 0] > 100 && codes[.forbiddenEntry, default: 0] > 5, "\(codes)")
        #expect(codes[.invalidArchive, default: 0] > 50, "\(codes)")
    }
}
