import TestSupport

/// `trice config` and `trice export kubernetes` of files with many services, as whole processes.
///
/// Each service has what real ones have: an image, a command, variables, ports, volumes, dependencies, a health check.
final class Loading {
    private let projects: [(count: Int, project: Project)]
    private var samples: [Int: Samples] = [:]
    private var exports: [Int: Samples] = [:]

    /// Of the most services of a file that people showed around, and of what no file has.
    static let usual = 57
    static let most = 1000

    init(fixture: Fixture) throws {
        projects = try [Self.usual, Self.most].map { count in
            (count, try fixture.project(Self.envfile(services: count), named: "\(fixture.id)-\(count)"))
        }
    }

    static func envfile(services count: Int) -> String {
        var text = "x-common: &common\n  restart: always\n  logging: { driver: json-file }\nservices:\n"
        for number in 0..<count {
            text += """
                  s\(number):
                    <<: *common
                    image: registry.example.org/team/service-\(number):${TAG:-1.0}
                    command: ["serve", "--port", "80", "--name", "s\(number)"]
                    environment:
                      DATABASE_URL: postgres://db:${DB_PORT:-5432}/s\(number)
                      LOG_LEVEL: ${LOG_LEVEL:-info}
                      NUMBER: "\(number)"
                    ports:
                      - "\(10_000 + number):80"
                    volumes:
                      - data:/var/lib/s\(number)
                    healthcheck:
                      test: curl -f http://localhost/
                      interval: 10s

                """
            // The first depends on nobody, or it would be a circle.
            if number > 0 { text += "    depends_on:\n      - s0\n" }
        }
        return text + "volumes:\n  data:\n"
    }

    func round() throws {
        for (count, project) in projects {
            samples[count, default: Samples()].add(try measure(project.command(["config", "--quiet"])))
            exports[count, default: Samples()].add(
                try measure(project.command(["export", "kubernetes", "--output", "\(project.directory)/k8s"])))
        }
    }

    var rows: [Row] {
        let usual = samples[Self.usual] ?? Samples()
        let export = exports[Self.usual] ?? Samples()
        let most = (Double(Self.most) / Double(Self.usual)).rounded(.up)
        return [
            Row(name: "config, \(Self.usual) services", samples: usual, bar: .milliseconds(30)),
            Row(
                name: "config, \(Self.most) services", samples: samples[Self.most] ?? Samples(),
                // Linear: no more per service, where a start of the program is counted as nothing.
                bar: .ratio(most, to: usual)),
            Row(name: "export kubernetes, \(Self.usual) services", samples: export, bar: .milliseconds(60)),
            Row(
                name: "export kubernetes, \(Self.most) services", samples: exports[Self.most] ?? Samples(),
                bar: .ratio(most, to: export)),
        ]
    }
}
