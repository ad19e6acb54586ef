import OCI
import SupervisorProtocol
import Testing
import Vocabulary

@testable import Execution

/// What of a health check is the service's and what the image's.
@Suite(.timeLimit(.minutes(1))) struct HealthResolutionTests {
    private func image(_ test: [String], interval: Int64 = 0, retries: Int = 0) -> ImageConfiguration.Execution {
        var image = ImageConfiguration.Execution()
        var check = ImageConfiguration.Healthcheck(test: test)
        check.interval = interval
        check.retries = retries
        image.healthcheck = check
        return image
    }

    private func settings(
        _ own: HealthCheck?, _ image: ImageConfiguration.Execution = .init(), _ readiness: ReadinessCheck? = nil
    ) -> HealthSettings? {
        HealthResolution.settings(own: own, readiness: readiness, image: image, addresses: [])
    }

    @Test func nothingIsCheckedWithoutATest() {
        #expect(settings(nil) == nil)
        #expect(settings(HealthCheck(interval: .seconds(1))) == nil)
        #expect(settings(nil, image([])) == nil)
        #expect(settings(nil, image(["NONE"])) == nil)
        #expect(settings(nil, image(["strange"])) == nil)
        #expect(settings(HealthCheck(test: .off), image(["CMD", "a"])) == nil)
        #expect(settings(HealthCheck(test: .command(["a"]), isDisabled: true), image(["CMD", "a"])) == nil)
    }

    @Test func theDefaultsAreThoseOfDocker() {
        #expect(
            settings(HealthCheck(test: .command(["a", "b"])))
                == HealthSettings(
                    .execution(["a", "b"]), interval: .seconds(30), timeout: .seconds(30), retries: 3,
                    startPeriod: .zero, startInterval: .seconds(5)))
    }

    @Test func whatTheServiceLeavesOutIsTheImages() {
        let own = HealthCheck(timeout: .seconds(2), retries: 0, startPeriod: .zero)
        let found = settings(own, image(["CMD-SHELL", "check me"], interval: 4_000_000_000, retries: 7))
        #expect(
            found
                == HealthSettings(
                    .execution(["/bin/sh", "-c", "check me"]), interval: .seconds(4), timeout: .seconds(2), retries: 7))
    }

    @Test func theShellIsTheImages() {
        var image = image([])
        image.shell = ["/bin/ash", "-ec"]
        #expect(
            settings(HealthCheck(test: .shell(["a | b"])), image)?.test == .execution(["/bin/ash", "-ec", "a | b"]))
    }

    @Test func aWaitTakesThePlaceOfTheImagesCheck() {
        let found = settings(
            nil, image(["CMD", "a"]), ReadinessCheck(.http(port: 80, path: "/x"), timeout: .seconds(9)))
        #expect(found?.test == .http(port: 80, path: "/x"))
        #expect(found?.limit == .seconds(9))
    }
}
