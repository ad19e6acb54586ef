import Testing

@testable import Envfile

/// Numbers and booleans as texts: in a compose file as Compose passes them on, in an Envfile as they are written.
@Suite(.timeLimit(.minutes(2))) struct CanonicalScalarTests {
    @Test(arguments: [
        ("1", "1"), ("1.50", "1.5"), ("0022", "18"), ("089", "89"), ("0o17", "15"), ("0x1F", "31"), ("-017", "-15"),
        ("+5", "5"),
        ("True", "true"), ("FALSE", "false"), ("1e3", "1000"), ("1e21", "1e+21"), ("1.5e-7", "1.5e-07"),
        ("0.0001", "0.0001"),
        ("123456789012345678901234567890", "1.2345678901234568e+29"), ("18446744073709551615", "18446744073709551615"),
        ("-0", "0"), ("-0.0", "-0"), (".inf", "+Inf"), ("-.inf", "-Inf"), (".nan", "NaN"), ("100000.0", "100000"),
        ("123456.789", "123456.789"), ("text", "text"), ("'0022'", "0022"), ("yes", "yes"), ("22:22", "22:22"),
    ])
    func texts(written: String, expected: String) throws {
        let text = "environment: { A: \(written) }"
        #expect(try Fixture.compose.service(text).environment == ["A": expected])
        let plain = written.hasPrefix("'") ? String(written.dropFirst().dropLast()) : written
        #expect(try Fixture().service(text).environment == ["A": plain])
    }

    @Test func extensionsAreShownAsTheyAre() throws {
        let text = """
            x-all: { a: 1, b: 1.5, c: true, d: , e: [x, "$$y"], f: "01", g: .inf }
            services: { a: { image: x } }
            """
        let environment = try Fixture.compose.load(text).environment
        #expect(environment.rendered(.json).jsonText().contains("\"x-all\": {"))
        #expect(environment.extensions.keys.sorted() == ["x-all"])
        #expect(try Fixture.compose.load(environment.yamlText()).environment == environment)
    }
}
