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
        module("Envfile", ["Diagnostics", "CYAML"]),
        module("OCI", ["Diagnostics", "CCrypto"]),
        module("Dockerfile", ["Diagnostics"]),
        module("Netlink", ["Diagnostics", "LinuxSystem", "CLinux", system]),

        // Layer 3: one domain each; siblings never import each other.
        module("Planning", ["Diagnostics", "Envfile", "Vocabulary"]),
        module("Images", ["Diagnostics", "OCI", "CArchive", "CLinux", "LinuxSystem", system]),
        module("Registry", ["OCI", "LinuxSystem", "CCurl"]),
        module("Networks", ["Diagnostics", "Netlink", "LinuxSystem", system]),
        module("Containers", ["Diagnostics", "OCI", "CSeccomp", "CLinux", "LinuxSystem", system]),
        module("SupervisorProtocol", ["Diagnostics", "LinuxSystem", "CLinux", system]),
        module("Store", ["Diagnostics", .product(name: "GRDB", package: "GRDB.swift")]),

        // Layer 4: composition.
        module("Transfer", ["Images", "Registry", "OCI", "LinuxSystem", system]),
        module(
            "Builder",
            [
                "Dockerfile", "Images", "Containers", "OCI", "Diagnostics", "LinuxSystem", "CLinux", system,
            ]),
        module("Supervisor", ["SupervisorProtocol", "LinuxSystem", "CLinux", system]),
        module(
            "Workspaces",
            [
                "Vocabulary", "Envfile", "Planning", "Images", "Networks", "Containers", "Store", "Supervisor",
                "SupervisorProtocol", "OCI",
                "Diagnostics",
                "LinuxSystem", system,
            ]),
        module(
            "Execution",
            [
                "Vocabulary", "Workspaces", "Envfile", "Planning", "Images", "Networks", "Netlink", "Containers",
                "Store", "Supervisor", "SupervisorProtocol",
                "OCI", "LinuxSystem", system,
            ]),
        module(
            "Building",
            [
                "Vocabulary", "Workspaces", "Execution", "Envfile", "Builder", "Dockerfile", "Images", "Networks",
                "Containers", "Store",
                "Planning", "OCI", "Diagnostics", "LinuxSystem", system,
            ]),
        module(
            "ImageCommands",
            [
                "Vocabulary", "Workspaces", "Execution", "Building", "Builder", "Envfile", "Images", "OCI", "Planning",
                "Store",
                "LinuxSystem", system,
            ]),
        module(
            "Sessions",
            [
                "Vocabulary", "Workspaces", "ImageCommands", "Builder", "Containers", "Envfile", "Images", "OCI",
                "Planning", "Store",
                "Supervisor", "LinuxSystem", system,
            ]),
        module(
            "Setup",
            [
                "Workspaces", "Containers", "Diagnostics", "Envfile", "Images", "Networks", "OCI", "Planning",
                "LinuxSystem", system,
            ]),
        module(
            "Engine",
            [
                "Workspaces", "Execution", "Building", "ImageCommands", "Sessions", "Setup", "Envfile", "Planning",
                "Images", "Supervisor", "LinuxSystem", system,
            ]),

        // Layer 5: the command line.
        .executableTarget(
            name: "trice",
            dependencies: [
                "Engine", "Workspaces", "Execution", "Building", "ImageCommands", "Sessions", "Setup", "Envfile",
                "Diagnostics", "LinuxSystem", "Vocabulary",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ], swiftSettings: house,
            // docs/decisions/0001: fully static, so that it starts in 2 ms.
            linkerSettings: [.unsafeFlags(["-static-executable", "-use-ld=lld"], .when(configuration: .release))]),

        // What speaks with registries; docs/decisions/0001 says why it is a program of its own.
        .executableTarget(
            name: "trice-remote", dependencies: ["Transfer", "Images", "LinuxSystem"], swiftSettings: house),

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
        tests("DiagnosticsTests", ["Diagnostics"]),
        tests("VocabularyTests", ["Vocabulary"]),
        tests("EnvfileTests", ["Envfile", "Diagnostics", "TestSupport"]),
        tests("PlanningTests", ["TestSupport", "Planning", "Envfile", "Vocabulary"]),
        tests(
            "ExecutionTests",
            [
                "TestSupport", "Execution", "Workspaces", "Planning", "Envfile", "Containers", "OCI", "Vocabulary",
                system,
            ]),
        tests("StoreTests", ["TestSupport", "Store", .product(name: "GRDB", package: "GRDB.swift")]),
        tests(
            "WorkspacesTests",
            ["TestSupport", "Workspaces", "Vocabulary", "Diagnostics", "Envfile", "LinuxSystem", system]),
        tests("BuildingTests", ["Building", "Builder", "Workspaces", "OCI", system]),
        tests("ImageCommandsTests", ["ImageCommands", "Workspaces", "Images", "OCI"]),
        tests("SessionsTests", ["Sessions", "Workspaces", "Store"]),
        tests("SetupTests", ["Setup", "Workspaces", "LinuxSystem", system]),
        tests("OCITests", ["OCI", "TestSupport"]),
        tests("DockerfileTests", ["Dockerfile", "Diagnostics", "TestSupport"]),
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
        tests("NetlinkTests", ["TestSupport", "Netlink", "LinuxSystem", "CLinux", system]),
        tests("RegistryTests", ["Registry", "OCI", "TestSupport"]),
        tests("NetworksTests", ["TestSupport", "Networks", "Netlink", "LinuxSystem", "CLinux", system]),
        tests("ImagesTests", ["TestSupport", "Images", "OCI", "CArchive", "CLinux", "LinuxSystem", system]),
        tests("ContainersTests", ["Containers", "OCI", "CLinux", "LinuxSystem", "TestSupport", system]),
        .executableTarget(
            name: "supervisor-fixture", dependencies: ["Supervisor", "LinuxSystem", system],
            path: "Tests/SupervisorFixture",
            swiftSettings: house),
        tests(
            "SupervisorTests",
            ["TestSupport", "Supervisor", "SupervisorProtocol", "LinuxSystem", "CLinux", system, "supervisor-fixture"],
            exclude: ["Recorded"]),
        .target(name: "CTestSupport", path: "Tests/CSupport"),
        .target(name: "TestSupport", dependencies: ["CTestSupport"], path: "Tests/Support", swiftSettings: house),
        .executableTarget(
            name: "host-snapshot", dependencies: ["TestSupport"], path: "Tests/HostSnapshot", swiftSettings: house),
        .testTarget(
            name: "ScenarioTests", dependencies: ["TestSupport"],
            exclude: ["Programs", "Builds/Dockerfiles", "Builds/Projects"], swiftSettings: house),
        .executableTarget(
            name: "trice-bench", dependencies: ["TestSupport"], path: "Tests/Benchmarks", swiftSettings: house),
    ]
)
