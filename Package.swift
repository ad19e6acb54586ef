// swift-tools-version: 6.2
import PackageDescription

let house: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .treatAllWarnings(as: .error),
]

let system: Target.Dependency = .product(name: "SystemPackage", package: "swift-system")

func module(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: house)
}

func tests(_ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
    .testTarget(name: name, dependencies: dependencies, exclude: exclude, swiftSettings: house)
}

/// `trice-init` is Embedded Swift, static and small: it is PID 1 of every container. The last flag undoes that
/// with which the whole package is built.
let embedded = ["-enable-experimental-feature", "Embedded", "-no-static-stdlib"]

let package = Package(
    name: "trice",
    products: [
        .executable(name: "trice", targets: ["trice"]),
        .executable(name: "trice-init", targets: ["trice-init"]),
        .executable(name: "trice-remote", targets: ["trice-remote"]),
        .executable(name: "trice-ssh", targets: ["trice-ssh"]),
        .executable(name: "trice-bench", targets: ["trice-bench"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    ],
    targets: [
        // Layer 0: C.
        .target(name: "CLinux"),
        .target(name: "CInit"),
        .systemLibrary(name: "CYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
        .systemLibrary(name: "CArchive", providers: [.apt(["libarchive-dev"])]),
        .systemLibrary(name: "CSeccomp", pkgConfig: "libseccomp", providers: [.apt(["libseccomp-dev"])]),
        .systemLibrary(name: "CCrypto", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CCurl", providers: [.apt(["libcurl4-openssl-dev"])]),

        // Layer 1: the kernel, how problems of files are told, and the values that all modules speak about.
        module("LinuxSystem", ["CLinux", system]),
        module("Diagnostics"),
        module("Vocabulary"),

        // Layer 2: formats and protocols.
        module("Envfile", ["Diagnostics", "Vocabulary", "CYAML"]),
        module("OCI", ["Diagnostics", "CCrypto"]),
        module("Dockerfile", ["Diagnostics", "Vocabulary"]),
        module("Vagrantfile", ["Vocabulary"]),
        module("Netlink", ["Diagnostics", "Vocabulary", "LinuxSystem", "CLinux", system]),

        // Layer 3: one domain each; siblings never import each other.
        module("Planning", ["Diagnostics", "Envfile", "Vocabulary"]),
        module("Export", ["Envfile", "OCI", "Vocabulary"]),
        module("Images", ["Vocabulary", "Diagnostics", "OCI", "CArchive", "CLinux", "LinuxSystem", system]),
        module("Registry", ["OCI", "LinuxSystem", "CCurl", system]),
        module("Names", ["Vocabulary"]),
        module("Watching", ["Envfile", "Dockerfile", "LinuxSystem", "CLinux", system]),
        module("Networks", ["Diagnostics", "Vocabulary", "Netlink", "LinuxSystem", system]),
        module("Rootless", ["LinuxSystem", "Netlink", "CLinux", system]),
        module("Containers", ["Diagnostics", "Vocabulary", "OCI", "CSeccomp", "CLinux", "LinuxSystem", system]),
        module("SupervisorProtocol", ["Diagnostics", "Vocabulary", "LinuxSystem", system]),
        module("Store", ["Diagnostics", "Vocabulary", .product(name: "GRDB", package: "GRDB.swift")]),
        module("Snapshots", ["Vocabulary", "LinuxSystem", "CLinux", system]),

        // Layer 4: composition.
        module("Transfer", ["Vocabulary", "Images", "Registry", "OCI", "LinuxSystem", system]),
        module(
            "Builder",
            [
                "Vocabulary", "Dockerfile", "Images", "Containers", "OCI", "Diagnostics", "LinuxSystem", "CLinux",
                system,
            ]),
        module(
            "Supervisor",
            [
                "SupervisorProtocol", "Vocabulary", "Containers", "Names", "LinuxSystem", "CLinux", system,
            ]),
        module(
            "Workspaces",
            [
                "Vocabulary", "Envfile", "Planning", "Images", "Networks", "Containers", "Snapshots", "Store",
                "Supervisor", "SupervisorProtocol", "OCI",
                "Diagnostics",
                "LinuxSystem", "CLinux", system,
            ]),
        module(
            "Execution",
            [
                "Vocabulary", "Workspaces", "Envfile", "Planning", "Images", "Names", "Networks", "Netlink",
                "Containers", "Builder", "Dockerfile", "Snapshots", "Store", "Supervisor", "SupervisorProtocol",
                "Watching",
                "OCI", "Diagnostics", "LinuxSystem", "CLinux", system,
            ]),
        module(
            "Building",
            [
                "Vocabulary", "Workspaces", "Execution", "Envfile", "Builder", "Dockerfile", "Images", "Names",
                "Networks",
                "Containers", "Store",
                "Planning", "OCI", "Diagnostics", "LinuxSystem", system,
            ]),
        module(
            "ImageCommands",
            [
                "Vocabulary", "Workspaces", "Execution", "Building", "Builder", "Envfile", "Images", "OCI", "Planning",
                "Snapshots", "Store",
                "LinuxSystem", system,
            ]),
        module(
            "Sessions",
            [
                "Vocabulary", "Workspaces", "Execution", "ImageCommands", "Builder", "Containers", "Diagnostics",
                "Envfile",
                "Images", "OCI", "Planning", "Store", "Supervisor", "SupervisorProtocol", "Watching", "LinuxSystem",
                "CLinux", system,
            ]),
        module(
            "Setup",
            [
                "Vocabulary", "Workspaces", "Containers", "Diagnostics", "Envfile", "Images", "Networks", "OCI",
                "Planning", "Rootless", "Vagrantfile", "LinuxSystem", system,
            ]),
        module(
            "Clusters",
            [
                "Vocabulary", "Workspaces", "Export", "Containers", "Envfile", "Images", "OCI", "LinuxSystem", system,
            ]),
        module(
            "Engine",
            [
                "Workspaces", "Execution", "Building", "Clusters", "Export", "ImageCommands", "Sessions", "Setup",
                "Envfile", "Planning", "Images", "Store", "Supervisor", "Vocabulary", "LinuxSystem", system,
            ]),

        // Layer 5: the command line.
        .executableTarget(
            name: "trice",
            dependencies: [
                "Engine", "Workspaces", "Execution", "Building", "Clusters", "Export", "ImageCommands", "Sessions",
                "Setup", "Envfile", "Diagnostics", "LinuxSystem", "Rootless", "Snapshots", "Vocabulary", "Watching",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ], swiftSettings: house,
            // docs/decisions/0001: fully static, so that it starts in 2 ms.
            linkerSettings: [.unsafeFlags(["-static-executable", "-use-ld=lld"], .when(configuration: .release))]),

        // What speaks with registries; docs/decisions/0001 says why it is a program of its own.
        .executableTarget(
            name: "trice-remote", dependencies: ["Transfer", "Images", "LinuxSystem", "Vocabulary"],
            swiftSettings: house),

        // Both ends of a connection of OpenSSH's: the proxy of the client, and the login shell of the server.
        .executableTarget(
            name: "trice-ssh", dependencies: ["Sessions", "Workspaces", "Rootless", "LinuxSystem", "Vocabulary"],
            swiftSettings: house,
            linkerSettings: [.unsafeFlags(["-static-executable", "-use-ld=lld"], .when(configuration: .release))]),

        // PID 1 of containers.
        .executableTarget(
            name: "trice-init", dependencies: ["CInit"],
            swiftSettings: [
                .treatAllWarnings(as: .error),
                .unsafeFlags(embedded + ["-wmo", "-num-threads", "1", "-parse-as-library"]),
            ],
            linkerSettings: [.unsafeFlags(embedded + ["-Xclang-linker", "-static"])]),

        // Tests: one target for each module, then those that use the built program.
        tests("LinuxSystemTests", ["TestSupport", "LinuxSystem", "CLinux", system]),
        tests("RootlessTests", ["Rootless", "LinuxSystem", "TestSupport", system]),
        tests("DiagnosticsTests", ["Diagnostics"]),
        tests("VocabularyTests", ["Vocabulary", "TestSupport"]),
        tests("EnvfileTests", ["Envfile", "Diagnostics", "Vocabulary", "TestSupport"]),
        tests("PlanningTests", ["TestSupport", "Planning", "Envfile", "Vocabulary"]),
        tests(
            "ExecutionTests",
            [
                "TestSupport", "Execution", "Workspaces", "Planning", "Envfile", "Containers", "OCI", "Snapshots",
                "Vocabulary", "Netlink", "Store", "LinuxSystem", system,
            ]),
        tests(
            "ExportTests", ["TestSupport", "Export", "Envfile", "OCI", "Vocabulary"], exclude: ["Golden", "Programs"]),
        tests("StoreTests", ["TestSupport", "Store", "Vocabulary", .product(name: "GRDB", package: "GRDB.swift")]),
        tests(
            "WorkspacesTests",
            ["TestSupport", "Workspaces", "Vocabulary", "Diagnostics", "Envfile", "LinuxSystem", system]),
        tests("BuildingTests", ["Building", "Builder", "Workspaces", "OCI", system]),
        tests("ImageCommandsTests", ["ImageCommands", "Workspaces", "Images", "OCI"]),
        tests("SessionsTests", ["Sessions", "Workspaces", "Store", "Vocabulary"]),
        tests(
            "TriceTests",
            [
                "trice", "Diagnostics", "Execution", "Workspaces", "Vocabulary", "TestSupport",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]),
        tests("SnapshotsTests", ["Snapshots", "Vocabulary", "LinuxSystem", "TestSupport", system]),
        tests("TransferTests", ["Transfer", "Images", "Registry", "OCI", "TestSupport", system]),
        tests("SetupTests", ["Setup", "Workspaces", "Vocabulary", "LinuxSystem", "TestSupport", system]),
        tests("OCITests", ["OCI", "TestSupport"]),
        tests("DockerfileTests", ["Dockerfile", "Diagnostics", "Vocabulary", "TestSupport"]),
        tests(
            "BuilderTests",
            [
                "TestSupport",
                "Builder", "Dockerfile", "Images", "Containers", "OCI", "LinuxSystem", "CLinux", "CArchive",
                "CTestSupport", system,
            ], exclude: ["Recorded"]),
        .executableTarget(
            name: "build-step-fixture", dependencies: ["Builder", "Containers", "LinuxSystem", system],
            path: "Tests/BuildStepFixture", swiftSettings: house),
        tests(
            "BuilderRunTests",
            [
                "TestSupport", "Builder", "Dockerfile", "Containers", "Images", "OCI", "CLinux", "LinuxSystem", system,
                "build-step-fixture",
            ]),
        tests("NetlinkTests", ["TestSupport", "Netlink", "Vocabulary", "LinuxSystem", "CLinux", system]),
        tests("RegistryTests", ["Registry", "OCI", "TestSupport"]),
        tests("WatchingTests", ["Watching", "Envfile", "TestSupport"]),
        tests("VagrantfileTests", ["Vagrantfile", "Envfile", "TestSupport"]),
        tests("NamesTests", ["TestSupport", "Names", "Vocabulary"]),
        tests("NetworksTests", ["TestSupport", "Networks", "Netlink", "Vocabulary", "LinuxSystem", "CLinux", system]),
        tests("ImagesTests", ["TestSupport", "Images", "OCI", "CArchive", "CLinux", "LinuxSystem", system]),
        tests("ContainersTests", ["Containers", "OCI", "CLinux", "LinuxSystem", "TestSupport", system]),
        .executableTarget(
            name: "supervisor-fixture", dependencies: ["Supervisor", "LinuxSystem", system],
            path: "Tests/SupervisorFixture",
            swiftSettings: house),
        tests(
            "SupervisorTests",
            [
                "TestSupport", "Supervisor", "SupervisorProtocol", "Names", "Vocabulary", "LinuxSystem", "CLinux",
                system,
                "supervisor-fixture",
            ],
            exclude: ["Recorded"]),
        .target(name: "CTestSupport", path: "Tests/CSupport"),
        .target(name: "TestSupport", dependencies: ["CTestSupport"], path: "Tests/Support", swiftSettings: house),
        .executableTarget(
            name: "host-snapshot", dependencies: ["TestSupport"], path: "Tests/HostSnapshot", swiftSettings: house),
        .target(name: "Chaos", dependencies: ["TestSupport"], path: "Tests/Chaos", swiftSettings: house),
        .executableTarget(
            name: "trice-chaos", dependencies: ["Chaos", "TestSupport"], path: "Tests/ChaosProgram",
            swiftSettings: house),
        .testTarget(
            name: "ScenarioTests", dependencies: ["TestSupport", "Chaos"],
            exclude: ["Programs", "Projects", "Builds/Dockerfiles", "Builds/Projects"], swiftSettings: house),
        .executableTarget(
            name: "trice-bench",
            dependencies: [
                "TestSupport", "Envfile", "Execution", "LinuxSystem", "Netlink", "Networks", "Store", "Vocabulary",
                "Workspaces",
            ], path: "Tests/Benchmarks", swiftSettings: house),
    ]
)
