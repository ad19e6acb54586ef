import Images
import Registry
import Testing

@testable import Transfer

@Suite(.timeLimit(.minutes(1))) struct RemoteFailureTests {
    @Test func aRegistryThatCannotBeReachedIsKnownByItsCode() {
        let away = RemoteFailure(RegistryError(.unreachable, "Away."))
        #expect(away.isUnreachable && away.message == "Away." && away.causes.isEmpty)
        #expect(!RemoteFailure(RegistryError(.forbidden, "No.")).isUnreachable)
    }

    @Test func causesAreNamedFromTheNearestToTheDeepest() {
        let deep = ImageError(.invalidArchive, "Deep.")
        let middle = RegistryError(.callerFailed, "Middle.", cause: deep)
        let failure = RemoteFailure(ImageError(.remote, "Top.", cause: middle))
        #expect(failure.message == "Top." && failure.code == "image")
        #expect(failure.causes == ["Middle.", "Deep."])
    }

    @Test func anyOtherErrorKeepsItsWords() {
        struct Odd: Error, CustomStringConvertible { let description = "odd" }
        #expect(RemoteFailure(Odd()) == RemoteFailure(code: "other", message: "odd"))
        let failure = RemoteFailure(code: "x", message: "y", causes: ["z"])
        #expect(RemoteFailure(failure as any Error) == failure)
    }
}
