import Testing
import Vocabulary

@testable import Envfile

/// What the reader says of health checks and replicas that cannot be.
@Suite(.timeLimit(.minutes(1))) struct LifeValidationTests {
    private func messages(_ web: String) -> [String] {
        Fixture().messages("services:\n  web: { image: a, \(web) }\n  db: { image: a }\n")
    }

    @Test(arguments: [
        ("healthcheck: { test: [CMD] }", "services.web.healthcheck.test names no command"),
        ("healthcheck: { test: [CMD-SHELL] }", "services.web.healthcheck.test names no command"),
        ("healthcheck: { test: ' ' }", "services.web.healthcheck.test must be a command, but is empty"),
        (
            "healthcheck: { test: a }, wait: { tcp: 80 }",
            "services.web has both `healthcheck` and `wait`"
        ),
        (
            "scale: 3, ports: [{ target: 80, published: 8080, auto_correct: false }]",
            "services.web has 3 containers, and port 80 is published on one host port, `8080`"
        ),
        (
            "deploy: { replicas: 3 }, ports: [{ target: 80, published: 8080-8081, auto_correct: false }]",
            "services.web has 3 containers, and port 80 is published on 2 host ports, `8080-8081`"
        ),
        ("logging: { options: { max-size: big } }", "`big` is no size of a log"),
        ("logging: { driver: local, options: { max-file: 0 } }", "`0` is no number of log files"),
        ("scale: 2, container_name: c", "services.web has 2 containers, which cannot all be named `c`"),
    ])
    func refuses(web: String, message: String) {
        #expect(messages(web) == [message])
    }

    @Test(arguments: [
        "healthcheck: { test: [NONE] }, wait: { tcp: 80 }", "healthcheck: { interval: 1s }",
        "scale: 3, ports: ['8080:80']", "scale: 3, ports: ['8080-8082:80']", "scale: 3, ports: ['80']",
        "logging: { driver: syslog, options: { max-size: x } }",
        "scale: 1, container_name: c", "restart_unhealthy: true",
    ])
    func accepts(web: String) {
        #expect(messages(web).filter { !$0.contains("not applied") } == [])
    }

    /// Attributes: `logging.driver`
    @Test(arguments: [
        ("{ options: { max-size: 10m, max-file: 3 } }", 10 << 20, 3), ("{ options: { max-size: 1k } }", 1024, 1),
        ("{ driver: local }", 20 << 20, 5),
        ("{ driver: json-file, options: { max-size: '500', max-file: '2' } }", 500, 2),
    ])
    func logLimits(text: String, size: UInt64, files: Int) throws {
        let limits = try Fixture().service("logging: \(text)").lifecycle.logging?.limits
        #expect(limits == LogLimits(maximumSize: size, maximumFiles: files))
    }

    @Test func logsWithoutALimit() throws {
        for text in ["{ driver: json-file }", "{ driver: syslog, options: { max-size: 1m } }", "{ options: { x: y } }"]
        {
            #expect(try Fixture().service("logging: \(text)").lifecycle.logging?.limits == nil)
        }
    }

    @Test func healthThatIsSwitchedOffCannotBeWaitedFor() {
        func text(_ db: String) -> String {
            "services:\n  web: { image: a, depends_on: { db: { condition: service_healthy } } }\n"
                + "  db: { image: a\(db) }\n"
        }
        let message = "services.web waits until `db` is healthy, whose health check is switched off"
        #expect(Fixture().messages(text(", healthcheck: { disable: true }")) == [message])
        #expect(Fixture().messages(text(", healthcheck: { test: [NONE] }")) == [message])
        #expect(Fixture().messages(text(", healthcheck: { disable: true }, wait: { tcp: 80 }")) == [])
        // The image may have a check.
        #expect(Fixture().messages(text("")) == [])
    }
}
