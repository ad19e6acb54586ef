import Glibc
import LinuxSystem
import SystemPackage
import Testing

@testable import Containers

@Suite("Users of an image")
struct UserResolverTests {
    private static let passwd = """
        root:x:0:0:root:/root:/bin/sh
        # a comment
        broken:x:notanumber:0::/:
        app:x:1000:1001:App:/srv/app:/bin/ash
        4242:x:77:78::/numbers:
        nohome:x:5:5:::
        """
    private static let group = """
        root:x:0:
        app:x:1001:
        audio:x:29:app,other
        video:x:44:other,app
        docker:x:999
        """
    private let resolver = UserResolver(passwd: passwd, group: group)

    @Test(
        "names and numbers",
        arguments: [
            ("", ResolvedUser(uid: 0, gid: 0, additionalGroups: [0], home: "/root", shell: "/bin/sh")),
            ("root", ResolvedUser(uid: 0, gid: 0, additionalGroups: [0], home: "/root", shell: "/bin/sh")),
            (
                "app",
                ResolvedUser(
                    uid: 1000, gid: 1001, additionalGroups: [1001, 29, 44], home: "/srv/app", shell: "/bin/ash")
            ),
            (
                "1000",
                ResolvedUser(
                    uid: 1000, gid: 1001, additionalGroups: [1001, 29, 44], home: "/srv/app", shell: "/bin/ash")
            ),
            (
                "app:video",
                ResolvedUser(uid: 1000, gid: 44, additionalGroups: [44], home: "/srv/app", shell: "/bin/ash")
            ),
            ("app:7", ResolvedUser(uid: 1000, gid: 7, additionalGroups: [7], home: "/srv/app", shell: "/bin/ash")),
            (":video", ResolvedUser(uid: 0, gid: 44, additionalGroups: [44], home: "/root", shell: "/bin/sh")),
            ("3000", ResolvedUser(uid: 3000, gid: 0, additionalGroups: [0], home: "/")),
            ("3000:3001", ResolvedUser(uid: 3000, gid: 3001, additionalGroups: [3001], home: "/")),
            ("4242", ResolvedUser(uid: 77, gid: 78, additionalGroups: [78], home: "/numbers")),
            ("nohome", ResolvedUser(uid: 5, gid: 5, additionalGroups: [5], home: "/")),
        ])
    func resolves(text: String, expected: ResolvedUser) throws {
        #expect(try resolver.resolve(text) == expected)
    }

    @Test("groups that a service adds come last and once")
    func additional() throws {
        #expect(
            try resolver.resolve("app", additional: ["audio", "5", "999"]).additionalGroups == [1001, 29, 44, 5, 999])
    }

    @Test(
        "what is missing is named",
        arguments: [
            ("ghost", ContainersError.Code.unknownUser, "`ghost`"), ("broken", .unknownUser, "`broken`"),
            ("-1", .unknownUser, "`-1`"), ("4294967296", .unknownUser, "`4294967296`"),
            ("app:ghost", .unknownGroup, "`ghost`"), ("app:docker", .unknownGroup, "`docker`"),
            ("app:a:b", .unknownGroup, "`a:b`"),
        ])
    func missing(text: String, code: ContainersError.Code, part: String) {
        let error = #expect(throws: ContainersError.self) { try resolver.resolve(text) }
        #expect(error?.code == code)
        #expect(error?.message.contains(part) == true)
    }

    @Test("an image without account files has numbers only")
    func empty() throws {
        let directory = try TemporaryDirectory()
        let resolver = try UserResolver(rootfs: directory.path)
        #expect(try resolver.resolve("12:34").gid == 34)
        #expect(try resolver.resolve("").home == "/root")
        #expect(throws: ContainersError.self) { try resolver.resolve("root") }
    }

    @Test("links stay inside the image, and only plain files are read")
    func hostileImage() throws {
        let directory = try TemporaryDirectory()
        let etc = directory.path.appending("etc")
        try Files.createDirectory(etc)
        // An absolute link means the image's own root: there is no /etc/hosts-passwd in it.
        try Files.createSymbolicLink(etc.appending("passwd"), to: "/../../../etc/passwd-of-image")
        try Files.write("me:x:9:9::/me:\n".utf8, to: etc.appending("passwd-of-image"))
        #expect(try UserResolver(rootfs: directory.path).resolve("me").uid == 9)
        try Files.createFIFO(etc.appending("group"))
        let error = #expect(throws: ContainersError.self) { try UserResolver(rootfs: directory.path) }
        #expect(error?.code == .invalidUser)
        #expect(throws: ContainersError.self) { try UserResolver(rootfs: directory.path.appending("nosuch")) }
    }
}
