import Containers
import OCI
import Planning
import SystemPackage
import Testing
import Vocabulary
import Workspaces

@testable import Execution

/// That a container's configuration follows from what is wanted, the image and the host alone.
@Suite(.timeLimit(.minutes(1))) struct ContainerAssemblyTests {
    private static let host = ContainerAssembly.HostSide(
        rootfs: "/run/web-1/rootfs", nameFiles: "/run/web-1",
        mounts: [ContainerMount(.tmpfs(size: nil, mode: nil), target: "/tmp")], network: .path("/proc/7/ns/net"),
        cgroupPath: "/trice-demo-web-1", initProgram: "/usr/bin/trice-init")

    private var image: ImageConfiguration.Execution {
        var configuration = ImageConfiguration(platform: Platform(architecture: "amd64"), diffIDs: [])
        configuration.config.entrypoint = ["/entry"]
        configuration.config.command = ["serve", "--all"]
        configuration.config.environment = ["PATH=/opt/bin", "MODE=image"]
        configuration.config.workingDirectory = "/srv"
        configuration.config.user = "www"
        configuration.config.stopSignal = "SIGQUIT"
        return configuration.config
    }

    private func container(_ process: DesiredContainer.Process = .init()) -> DesiredContainer {
        DesiredContainer(
            id: ContainerID(service: "web", number: 1), image: "demo:1", process: process, hostname: "web")
    }

    private func assemble(
        _ container: DesiredContainer, _ image: ImageConfiguration.Execution? = nil
    ) throws -> ContainerConfiguration {
        try ContainerAssembly(container: container, image: image ?? self.image, host: Self.host).configuration {
            name, groups in
            ResolvedUser(
                uid: name == "www" ? 33 : 5, gid: 5, additionalGroups: groups.compactMap { UInt32($0) },
                home: "/home/\(name)")
        }
    }

    @Test func imageAlone() throws {
        let made = try assemble(container())
        #expect(made.arguments == ["/entry", "serve", "--all"])
        #expect(made.environment == ["PATH=/opt/bin", "HOSTNAME=web", "MODE=image", "HOME=/home/www"])
        #expect(made.workingDirectory == "/srv")
        #expect(made.user.uid == 33)
        #expect(made.stopSignal == 3)
        #expect(made.terminal == .none && !made.isRootReadOnly && made.initProgram == nil)
    }

    @Test func whatIsWantedComesFirst() throws {
        var wanted = container(
            DesiredContainer.Process(
                command: ["other"], environment: ["MODE": "mine", "A": "1"], workingDirectory: "/w", user: "me",
                hasTerminal: true, usesInit: true))
        wanted.stopSignal = .interrupt
        wanted.isRootReadOnly = true
        let made = try assemble(wanted)
        #expect(made.arguments == ["/entry", "other"])
        #expect(made.environment.contains("MODE=mine") && made.environment.contains("A=1"))
        #expect(made.environment.contains("TERM=xterm"))
        #expect(made.workingDirectory == "/w" && made.user.home == "/home/me")
        #expect(made.stopSignal == 2 && made.isRootReadOnly)
        #expect(made.terminal == .allocated(height: 24, width: 80))
        #expect(made.initProgram?.path == "/usr/bin/trice-init")
    }

    @Test func entrypointDropsTheCommandOfTheImage() throws {
        #expect(try assemble(container(.init(entrypoint: ["sh"]))).arguments == ["sh"])
        #expect(try assemble(container(.init(entrypoint: [], command: ["a"]))).arguments == ["a"])
        #expect(try assemble(container(.init(command: []))).arguments == ["/entry"])
        // An empty entrypoint leaves the image's command, as in Docker.
        #expect(try assemble(container(.init(entrypoint: []))).arguments == ["serve", "--all"])
    }

    @Test func hostSide() throws {
        let made = try assemble(container())
        #expect(made.rootfs == "/run/web-1/rootfs")
        #expect(made.mounts == Self.host.mounts)
        #expect(made.files.hosts == "/run/web-1/hosts" && made.files.hostname == "/run/web-1/hostname")
        #expect(made.namespaces.network == .path("/proc/7/ns/net"))
        #expect(made.cgroupPath == "/trice-demo-web-1")
    }

    @Test func refusals() throws {
        let nothing = #expect(throws: EngineError.self) { try assemble(container(.init(entrypoint: [], command: []))) }
        #expect(nothing?.message.contains("Service web has nothing to run") == true)
        var image = image
        image.stopSignal = "SIGNOTHING"
        let signal = #expect(throws: EngineError.self) { try assemble(container(), image) }
        #expect(signal?.message.contains("`SIGNOTHING`") == true)
        image.stopSignal = nil
        #expect(try assemble(container(), image).stopSignal == 15)
        image.workingDirectory = ""
        #expect(try assemble(container(), image).workingDirectory == "/")
    }
}
