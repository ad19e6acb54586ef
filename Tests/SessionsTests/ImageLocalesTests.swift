import Foundation
import Testing

@testable import Sessions

@Suite(.timeLimit(.minutes(1))) struct ImageLocalesTests {
    @Test(arguments: [
        ("en_US.UTF-8", "en_US.utf8"), ("C.UTF-8", "C.utf8"), ("de_DE@euro", "de_DE@euro"),
        ("de_DE.ISO-8859-15@euro", "de_DE.iso885915@euro"), ("C", "C"), ("", ""),
    ])
    func namesHaveTheFormOfTheFiles(name: String, normal: String) {
        #expect(ImageLocales.normalized(name) == normal)
    }

    /// `struct locarhead` of glibc's locale/locarchive.h: magic, serial, namehash, strings.
    private func archive(_ names: [String]) -> [UInt8] {
        let text: [UInt8] = names.flatMap { Array($0.utf8) + [0] }
        let words: [UInt32] = [0xde02_0109, 1, 56, 0, 0, 56, UInt32(text.count), UInt32(text.count), 0, 0, 0, 0, 0, 0]
        let header: [UInt8] = words.flatMap { word in (0..<4).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) } }
        return header + text
    }

    @Test func namesOfAnArchiveAreFound() {
        #expect(ImageLocales.names(inArchive: archive(["en_US.utf8", "de_DE.utf8"])) == ["en_US.utf8", "de_DE.utf8"])
    }

    @Test func damagedArchivesHaveNoNames() {
        let whole = archive(["en_US.utf8"])
        for count in whole.indices { _ = ImageLocales.names(inArchive: Array(whole[..<count])) }
        #expect(ImageLocales.names(inArchive: Array(whole.dropLast(4))).isEmpty)
        #expect(ImageLocales.names(inArchive: [UInt8](repeating: 0xff, count: 100)).isEmpty)
        #expect(ImageLocales.names(inArchive: []).isEmpty)
    }
}
