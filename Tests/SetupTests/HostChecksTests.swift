import LinuxSystem
import Setup
import SystemPackage
import Testing
import Workspaces

@Suite(.timeLimit(.minutes(1))) struct HostChecksTests {
    /// The rows for a user whose PATH has one directory with these programs.
    private func rows(userID: UInt32, programs: [String]) throws -> [DoctorCheck] {
        let base = FilePath("/tmp/trice-doctor-\(UInt64.random(in: 0...UInt64.max))")
        try Files.createDirectory(base)
        for name in programs { try Files.write(Array("#!/bin/sh\n".utf8), to: base.appending(name), mode: 0o755) }
        let request = ProjectRequest(
            files: [], projectName: nil, profiles: [], runtime: nil,
            processEnvironment: ["PATH": base.string, "XDG_CONFIG_HOME": base.string], userID: userID,
            workingDirectory: "/", version: "1.0.0")
        let found = Result { try HostChecks(CommandContext(request)).run() }
        try Files.removeTree(base)
        return try found.get()
    }

    @Test func aNormalUserIsToldWhatUsersNeed() throws {
        let rows = try rows(userID: 1000, programs: ["newuidmap", "pasta"])
        #expect(rows.first { $0.subject == "privilege" }?.outcome == .good)
        for name in ["newuidmap", "pasta"] {
            let row = try #require(rows.first { $0.subject == name })
            #expect(row.outcome == .good && row.finding.hasPrefix("/tmp/trice-doctor-"))
        }
        // `programs` come before those of this machine, which may have it.
        let other = try self.rows(userID: 1000, programs: ["slirp4netns"]).first { $0.subject == "pasta" }
        #expect(other?.outcome == .good)
        #expect(["subordinate IDs", "/dev/net/tun"].allSatisfy { name in rows.contains { $0.subject == name } })
        #expect(try !self.rows(userID: 0, programs: []).contains { $0.subject == "newuidmap" })
    }

    /// A command that only root may run is one with `sudo` for a user.
    @Test func remediesAreForTheirReader() throws {
        let missing = try rows(userID: 54321, programs: []).filter { $0.remedy?.contains("apt install") == true }
        #expect(missing.allSatisfy { $0.remedy?.hasPrefix("sudo ") == true })
        // No systemd works for this user, so no limits can be in force.
        let cgroups = try rows(userID: 54321, programs: ["crun"]).first { $0.subject == "cgroups" }
        #expect(cgroups == nil || cgroups?.outcome == .warning)
    }

    @Test func programsOfThePathComeFirst() throws {
        let row = try #require(try rows(userID: 0, programs: ["mmdebstrap"]).first { $0.subject == "mmdebstrap" })
        #expect(row.outcome == .good)
        #expect(row.finding.hasPrefix("/tmp/trice-doctor-"))
    }
}
