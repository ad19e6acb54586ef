import Foundation
import TestSupport
import Testing

@testable import Workspaces

/// `docs/man/trice-settings.5` and its Markdown are what the decoder takes.
@Suite(.timeLimit(.minutes(1))) struct SettingsPageTests {
    private struct Entry {
        var words: String
        /// A whole file.
        var example: String
    }

    private static let entries: [String: Entry] = [
        "runtime": Entry(
            words: "The OCI runtime for new containers, by name or path; by default `crun`, and `runc` without it.",
            example: #"{"runtime": "runc"}"#),
        "registries": Entry(
            words:
                "How registries are reached, by their names: `mirrors` are URLs that are tried first when something is "
                + "read, `insecure` allows plain HTTP and unknown certificates, `ca` is a PEM file with certificates that are "
                + "trusted besides the system's.",
            example: #"""
                {"registries": {
                  "docker.io": {"mirrors": ["https://mirror.lan:5000"]},
                  "registry.lan:5000": {"insecure": true},
                  "ghcr.io": {"ca": "/etc/ssl/lan.pem"}
                }}
                """#),
        "addressPools": Entry(
            words:
                "The ranges that subnets of networks come from; by default private ranges that the host does not reach.",
            example: #"{"addressPools": ["10.200.0.0/16"]}"#),
        "usablePortRange": Entry(
            words:
                "The host ports that are taken where a port is free to choose, or is taken and may move; by default those "
                + "from 20000 to 32000.",
            example: #"{"usablePortRange": "20000-20999"}"#),
        "seedLimit": Entry(
            words:
                "How much space the seeds of volumes may take altogether; by default 5 GiB. Those that were used longest ago go "
                + "first. `0` keeps none.",
            example: #"{"seedLimit": "20gb"}"#),
        "additionalStores": Entry(
            words:
                "Directories with image layouts, such as one that root fills with `trice image save --format directory --output "
                + "DIR` for all users. An image of a registry that is not here yet comes from the first of them that has its name, "
                + "and every blob is checked by its digest. Nothing is written there. One that is missing or damaged is passed over "
                + "with one line. `trice pull` asks the registry.",
            example: #"{"additionalStores": ["/srv/trice/images"]}"#),
        "debianSnapshots": Entry(
            words:
                "The address of an archive that keeps old packages of Debian, with `{date}` in place of a moment such as "
                + "`20260131T000000Z`. `bootstrap:debian/SUITE` is then made of what it had at one moment, which `Envfile.lock` "
                + "names; by default of what the archive of today has.",
            example: #"{"debianSnapshots": "https://snapshot.debian.org/archive/debian/{date}"}"#),
        "limits": Entry(
            words: "How much one layer of an image may be: `maximumEntries`, `maximumSize` and `ratioFloor` in bytes, "
                + "`maximumRatio` between content and archive, `maximumDepth` of directories, `maximumHeaderSize` in bytes. "
                + "An archive that exceeds one is refused.",
            example: #"{"limits": {"maximumSize": 8589934592, "maximumDepth": 128}}"#),
    ]

    private func page() -> ReferencePage {
        var page = ReferencePage("trice-settings", section: 5, summary: "Settings for all environments.")
        page.blocks = [
            .heading("Synopsis"), .lines("~/.config/trice/settings.json\n/etc/trice/settings.json"),
            .heading("Description"),
            .text(
                "One JSON object. The first file that exists counts, and `XDG_CONFIG_HOME` moves the first one. A setting that "
                    + "is not known is an error that names it. Options of the command line and variables go before the file."
            ),
            .heading("Settings"),
        ]
        for key in Settings.names {
            guard let entry = Self.entries[key] else { continue }
            page.blocks += [.item(key, entry.words), .lines(entry.example)]
        }
        page.related = ["trice(1)", "envfile(5)"]
        return page
    }

    /// `TRICE_UPDATE=1` writes the pages instead of comparing them.
    @Test func thePageIsUpToDate() throws { try page().check() }

    @Test func everySettingHasASentenceAndAnExampleThatLoads() throws {
        #expect(Set(Self.entries.keys) == Set(Settings.names))
        for (key, entry) in Self.entries {
            #expect(entry.words.hasSuffix("."), "\(key)")
            let base = try TemporaryDirectory()
            try base.write("trice/settings.json", entry.example)
            #expect(throws: Never.self, "\(key)") {
                try Settings.load(processEnvironment: ["XDG_CONFIG_HOME": base.path])
            }
        }
    }

    @Test(.enabled("needs mandoc") { try Requirement.met(.mandoc) }) func thePageIsWellFormed() throws {
        #expect(try page().complaints() == "")
    }
}
