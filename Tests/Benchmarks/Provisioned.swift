import TestSupport

/// What `provision` takes where nothing has changed: three steps, one of them with a hundred inputs.
final class Provisioned {
    private let project: Project
    private var unchanged = Samples()

    private static let inputs = 100

    init(fixture: Fixture) throws {
        project = try fixture.project(
            """
            name: \(fixture.id)steps
            services:
              web:
                image: bootstrap:busybox
                command: sleep 100000
                stop_grace_period: 0s
                provision:
                  - { name: packages, shell: "true" }
                  - { name: schema, run: changed, inputs: ["db/**"], shell: { path: migrate.sh } }
                  - { name: settings, run: changed, copy: { source: db/, target: /opt/db } }

            """, named: "\(fixture.id)-steps")
        try project.write("migrate.sh", "true\n")
        for number in 0..<Self.inputs {
            try project.write("db/\(number).sql", String(repeating: "insert \(number);\n", count: 1000))
        }
    }

    func round() throws {
        try measure(project.command(["up"]))
        for _ in 0..<3 { unchanged.add(try measure(project.command(["provision"]))) }
        try measure(project.command(["down"]))
    }

    var rows: [Row] {
        [Row(name: "provision, unchanged, \(Self.inputs) inputs", samples: unchanged, bar: .milliseconds(30))]
    }
}
