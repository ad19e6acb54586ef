import Testing

@testable import Envfile

/// Every key that the tables know either changes what the file means, or warns that it is not applied.
@Suite(.timeLimit(.minutes(2))) struct AttributeEffectTests {
    /// Keys without any meaning, which are accepted so that old files load.
    private static let withoutMeaning: Set<String> = ["version"]

    @Test func everyKeyOfAServiceHasAnEffectOrWarns() throws {
        try check(AttributeCatalogue.service, AttributeSamples.ofServices, named: " (service web)")
    }

    @Test func everyOtherKeyHasAnEffectOrWarns() throws {
        try check(AttributeCatalogue.project.filter { $0.name != "services" }, AttributeSamples.ofProjects)
    }

    @Test func theTablesKnowAllAttributes() {
        #expect(AttributeCatalogue.service.count { !$0.isExtension } > 90)
        #expect(Set(AttributeCatalogue.service.filter(\.isExtension).map(\.name)).contains("primary"))
        let ignored = AttributeCatalogue.ignoredInServices
        #expect(ignored.child("deploy")?.child("placement")?.reason == .swarm)
        #expect(ignored.child("storage_opt")?.reason == .quota)
        #expect(ignored.child("command") != nil && ignored.child("command")?.reason == nil)
        #expect(ignored.child("comand") == nil)
        #expect(AttributeCatalogue.ignoredInProject.child("services") == nil)
    }

    private func check(
        _ keys: [AttributeKey], _ samples: [String: AttributeSample], named services: String = ""
    ) throws {
        var unused = Set(samples.keys)
        for (place, effect) in places(of: keys) where !Self.withoutMeaning.contains(place) && effect != .parts {
            let sample = try #require(samples[place], "`\(place)` has no sample")
            unused.remove(place)
            // A file that does not load is a difference too.
            let without = try? sample.loaded(withKey: false)
            let with = try? sample.loaded(withKey: true)
            guard case .none(let reason) = effect else {
                #expect(with?.environment != without?.environment, "`\(place)` changes nothing")
                continue
            }
            let warning = "`\(place.replacing(".*", with: ""))` \(reason.rawValue) and is ignored\(services)"
            let messages = try #require(with, "`\(place)` does not load").warnings.map(\.message)
            #expect(messages.contains { $0.hasPrefix(warning) }, "`\(place)`: \(messages)")
        }
        #expect(unused.sorted() == [])
    }

    /// The places of the keys with their effects, without what is inside a key that does nothing.
    private func places(
        of keys: [AttributeKey], in place: String = "", inherited: AttributeEffect = .parts
    ) -> [(String, AttributeEffect)] {
        keys.flatMap { key in
            let path = place + key.name
            let effect = key.effect ?? inherited
            guard case .none = effect else {
                let inner: String
                if case .entries = key.nested { inner = path + ".*." } else { inner = path + "." }
                return [(path, effect)] + places(of: key.ownKeys, in: inner, inherited: effect)
            }
            return [(path, effect)]
        }
    }
}

/// A file with a key, and the same file without it.
struct AttributeSample: Sendable {
    var with: String
    var without: String

    func loaded(withKey: Bool) throws -> Loaded {
        var fixture = Fixture(profiles: ["*"])
        fixture.others = [
            "/srv/shop/k": "secret", "/srv/shop/x": "other", "/srv/shop/vars.env": "A='1'\n",
            "/srv/shop/more.env": "B=2\n",
            "/srv/shop/base.yaml": "services: { db: { image: other, user: '7', environment: { C: '3' } } }",
            "/srv/shop/part.yaml": "services: { part: { image: \"p${B:-}\", volumes: ['./x:/x'] } }",
        ]
        return try fixture.load(withKey ? with : without)
    }
}
