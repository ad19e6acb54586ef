import Foundation
import Glibc
import TestSupport

/// One environment that is attacked, with what must hold of it whenever a command has ended well.
final class ChaosScene {
    /// How many networks the services are in.
    enum Shape: String, CaseIterable, Sendable { case oneNetwork, twoNetworks }

    let fixture: Fixture
    let shape: Shape
    let project: Project
    let published: String
    let port: UInt16
    private var edition = 0

    /// Makes the images, and a volume with something in it; the environment is down afterwards.
    init(_ fixture: Fixture, _ shape: Shape, published: String) throws {
        self.fixture = fixture
        self.shape = shape
        self.published = published
        port = try Fixture.freePort()
        project = try fixture.project(
            "name: x\nservices: {a: {image: \"bootstrap:busybox\"}}\n", named: "\(fixture.id)-\(shape.rawValue)")
        try project.write("image/Dockerfile", "FROM bootstrap:busybox\nRUN mkdir /made && echo made >/made/file\n")
        try write()
        try project.expectSuccess("up")
        try project.expectSuccess("exec", "web", "--", "sh", "-c", "echo kept >/data/marker")
        try project.expectSuccess("down")
    }

    /// The Envfile; each edition differs in a variable of one service.
    private func write() throws {
        let networks = shape == .twoNetworks
        func on(_ names: String) -> String { networks ? "    networks: [\(names)]\n" : "" }
        let text =
            "name: \(fixture.id)\(shape == .twoNetworks ? "two" : "one")\nservices:\n"
            + "  web:\n    image: bootstrap:busybox\n    command: httpd -f -p 80 -h /data\n    stop_grace_period: 1s\n"
            + "    environment: {EDITION: \"\(edition)\"}\n    ports: [\"\(port):80\"]\n    volumes: [\"data:/data\"]\n"
            + on("front, back")
            + "  front:\n    image: bootstrap:busybox\n    command: sleep 100000\n    stop_grace_period: 0s\n"
            + on("front")
            + "  db:\n    image: bootstrap:busybox\n    command: sleep 100000\n    stop_grace_period: 0s\n" + on("back")
            + "volumes: {data: }\n" + (networks ? "networks: {front: , back: }\n" : "")
        try project.write("Envfile", text)
    }

    /// Starts the command, after the edit that it is about.
    func start(_ action: Action) throws -> RunningCommand {
        if action == .edit {
            edition += 1
            try write()
        }
        if action == .pull { _ = try project.trice("image", "rm", "--force", published) }
        return try project.command(action.arguments(self)).start()
    }

    /// The processes that a kill may hit: the command, what it started, the supervisor, and all of the containers.
    /// - Parameter containers: the first processes of the containers, which outlive the supervisor that started them.
    func victims(of command: RunningCommand, containers: [Int32]) -> [ProcessTable.Entry] {
        ProcessTable(directory: fixture.directory).own(and: containers + [command.process])
    }

    /// The first processes of the containers that run.
    func containers() throws -> [Int32] { try project.status().services.compactMap(\.pid) }

    /// What the next `up` must have repaired, as sentences about what it has not.
    func faultsAfterRepair() throws -> [String] {
        let up = try project.trice("up", timeout: .seconds(60))
        guard up.succeeded else { return ["`up` did not repair it: \(up.description)"] }
        var faults: [String] = []
        let running = try project.status().running
        if running != ["db", "front", "web"] { faults.append("after `up` only \(running) run") }
        // A refused connection is the fault.
        let answer = try? Response.get("/marker", from: Endpoint("127.0.0.1", port))
        if answer?.status != 200 || answer?.body != "kept\n" {
            faults.append("the published port answers \(answer.map { "\($0.status) \($0.body)" } ?? "nothing")")
        }
        let plan = try project.trice("plan")
        if !plan.succeeded {
            faults.append("`plan` after `up`: \(plan.description)")
        }
        let exec = try project.trice("exec", "front", "--", "nslookup", "web", timeout: .seconds(20))
        if !exec.succeeded { faults.append("front does not know web: \(exec.description)") }
        return faults
    }

    /// Whether `down` ended well.
    func faultsOfDown() throws -> [String] {
        let down = try project.trice("down", "--timeout", "1", timeout: .seconds(60))
        return down.succeeded ? [] : ["`down` failed: \(down.description)"]
    }
}
