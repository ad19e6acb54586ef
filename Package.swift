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
let nio: [Target.Dependency] = ["NIOCore", "NIOPosix", "NIOHTTP1"].map { .product(name: $0, package: "swift-nio") }
let http: [Target.Dependency] =
    nio + [
        .product(name: "AsyncHTTPClient", package: "async-http-client"),
        .product(name: "NIOSSL", package: "swift-nio-ssl"),
    ]
let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")

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
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
    ],
    targets: [
        // Layer 0: C.
        .target(name: "CLinux"),
        .systemLibrary(name: "CYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
        .systemLibrary(name: "CArchive", providers: [.apt(["libarchive-dev"])]),
        .systemLibrary(name: "CSeccomp", pkgConfig: "libseccomp", providers: [.apt(["libseccomp-dev"])]),

        // Layer 1: the kernel, how problems of files are told, and the values that all modules speak about.
        module("LinuxSystem", ["CLinux", system]),
        module("Diagnostics"),
        module("Vocabulary"),

        // Layer 2: formats and protocols.
        module("Envfile", ["Diagnostics", "CYAML"]),
        module("OCI", ["Diagnostics"]),
        module("Dockerfile", ["Diagnostics"]),
        module("Netlink", ["LinuxSystem", "CLinux", system]),

        // Layer 3: one domain each; siblings never import each other.
        module("Planning", ["Envfile"]),
        module("Images", ["OCI", "CArchive", "CLinux", "LinuxSystem", system, crypto]),
        module("Registry", ["OCI", crypto] + http),
        module("Networks", ["Netlink", "LinuxSystem", system]),
        module("Containers", ["OCI", "CSeccomp", "CLinux", "LinuxSystem", system]),
        module("Store", [.product(name: "GRDB", package: "GRDB.swift")]),

        // Layer 4: composition.
        module("Transfer", ["Images", "Registry", "OCI", "LinuxSystem", "CLinux", system, crypto]),
        module(
            "Builder",
            [
                "Dockerfile", "Images", "Containers", "OCI", "Diagnostics", "LinuxSystem", "CLinux", "CArchive", system,
                crypto,
            ]),
        module("Supervisor", ["LinuxSystem", "CLinux", system]),
        module(
            "Engine",
            [
                "Envfile", "Planning", "Images", "Networks", "Netlink", "Containers", "Store", "Supervisor", "OCI",
                "Builder", "Dockerfile", "Diagnostics", "LinuxSystem", system, crypto,
            ]),

        // Layer 5: the command line.
        .executableTarget(
            name: "trice",
            dependencies: [
                "Engine", "Envfile", "Diagnostics", "LinuxSystem",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ], swiftSettings: house,
            // docs/decisions/0001: fully static, so that it starts in 2 ms.
            linkerSettings: [.unsafeFlags(["-static-executable", "-use-ld=lld"], .when(configuration: .release))]),

        // What speaks with registries; docs/decisions/0001 says why it is a program of its own.
        .executableTarget(
            name: "trice-remote", dependencies: ["Transfer", "Images", "LinuxSystem", "CLinux"], swiftSettings: house),

        // PID 1 of containers.
        .target(name: "CInit"),
        .executableTarget(
            name: "trice-init", dependencies: ["CInit"],
            swiftSettings: [
                .treatAllWarnings(as: .error),
                .unsafeFlags(embedded + ["-wmo", "-num-threads", "1", "-parse-as-library"]),
            ],
            linkerSettings: [.unsafeFlags(embedded + ["-Xclang-linker", "-static"])]),

        // Tests: one target for each module, then those that use the built program.
        tests("LinuxSystemTests", ["LinuxSystem", "CLinux", system]),
        tests("DiagnosticsTests", ["Diagnostics"]),
        tests("EnvfileTests", ["Envfile", "Diagnostics", "TestSupport"]),
        tests("PlanningTests", ["Planning", "Envfile"]),
        tests("StoreTests", ["Store", .product(name: "GRDB", package: "GRDB.swift")]),
        tests("OCITests", ["OCI", "TestSupport"]),
        tests("DockerfileTests", ["Dockerfile", "Diagnostics", "TestSupport"]),
        tests(
            "BuilderTests",
            [
                "Builder", "Dockerfile", "Images", "Containers", "OCI", "LinuxSystem", "CLinux", "CArchive",
                "CTestSupport", system, crypto,
            ], exclude: ["Recorded"]),
        .executableTarget(
            name: "build-step-fixture", dependencies: ["Builder", "Containers", "LinuxSystem", system],
            path: "Tests/BuildStepFixture", swiftSettings: house),
        tests(
            "BuilderRunTests",
            [
                "Builder", "Dockerfile", "Containers", "Images", "OCI", "CLinux", "LinuxSystem", system,
                "build-step-fixture",
            ]),
        tests("NetlinkTests", ["Netlink", "LinuxSystem", "CLinux", system]),
        tests("RegistryTests", ["Registry", "OCI", crypto] + http),
        tests("NetworksTests", ["Networks", "Netlink", "LinuxSystem", "CLinux", system]),
        tests("ImagesTests", ["Images", "OCI", "CArchive", "CLinux", "LinuxSystem", system, crypto]),
        tests("ContainersTests", ["Containers", "OCI", "CLinux", "LinuxSystem", "TestSupport", system]),
        .executableTarget(
            name: "supervisor-fixture", dependencies: ["Supervisor", system], path: "Tests/SupervisorFixture",
            swiftSettings: house),
        tests("SupervisorTests", ["Supervisor", "LinuxSystem", "CLinux", system, "supervisor-fixture"]),
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
