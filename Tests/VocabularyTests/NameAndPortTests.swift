import FoundationEssentials
import Testing
import Vocabulary

@Suite(.timeLimit(.minutes(1))) struct NameTests {
    @Test(arguments: ["web", "Web.2_a-b", "0", String(repeating: "a", count: 128)])
    func names(text: String) throws {
        #expect(try ServiceName(text).rawValue == text)
        #expect(try NetworkName(text).description == text)
        #expect(try VolumeName(text) == VolumeName(unchecked: text))
    }

    @Test(arguments: ["", "-a", ".a", "a b", "a/b", "ü", "a\n", String(repeating: "a", count: 129)])
    func wrongNames(text: String) {
        let error = #expect(throws: InvalidValue.self) { try ServiceName(text) }
        #expect(error?.problem.hasPrefix("is not a valid service name") == true)
        #expect(throws: InvalidValue.self) { try EnvironmentID(text) }
    }

    @Test func aNameThatIsTooLongNamesTheLimit() {
        let error = #expect(throws: InvalidValue.self) { try VolumeName(String(repeating: "a", count: 130)) }
        #expect(error?.problem == "is not a valid volume name: use at most 128 bytes; this name has 130")
    }

    /// A cgroup is named after an environment, a service and a number, in 255 bytes.
    @Test func theLongestNamesFitIntoAFileName() throws {
        let id = try EnvironmentID(String(repeating: "a", count: EnvironmentID.longest))
        #expect(throws: InvalidValue.self) { try EnvironmentID(id.text + "a") }
        let service = try ServiceName(String(repeating: "b", count: 128))
        #expect("trice-\(id)-\(ContainerID(service: service, number: 99_999))".utf8.count <= 255)
        // What a record has is taken as it is.
        #expect(EnvironmentID(recorded: id.text + "a").text == id.text + "a")
    }

    @Test func containers() throws {
        let id = try ContainerID("web-2-10")
        #expect(id == ContainerID(service: "web-2", number: 10))
        #expect(id.description == "web-2-10")
        #expect(ContainerID(service: "web", number: 2) < ContainerID(service: "web", number: 10))
        for text in ["web", "web-", "web-0", "web-01", "web-+1", "-1", "web-99999999999999999999"] {
            #expect(throws: InvalidValue.self) { try ContainerID(text) }
        }
    }

    @Test func encodedForms() throws {
        let id = ContainerID(service: "web", number: 1)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        #expect(String(decoding: try encoder.encode(id), as: UTF8.self) == #"{"number":1,"service":"web"}"#)
        #expect(try JSONDecoder().decode(ContainerID.self, from: encoder.encode(id)) == id)
        for wrong in [#"{"number":0,"service":"web"}"#, #"{"number":1,"service":"a b"}"#] {
            #expect(throws: DecodingError.self) { try JSONDecoder().decode(ContainerID.self, from: Data(wrong.utf8)) }
        }
        let network = try IPv4Network("10.0.0.0/8")
        #expect(try JSONDecoder().decode([IPv4Network].self, from: encoder.encode([network])) == [network])
        #expect(throws: DecodingError.self) {
            try JSONDecoder().decode([IPv4Network].self, from: Data(#"["10.0.0.1/8"]"#.utf8))
        }
    }
}

@Suite(.timeLimit(.minutes(1))) struct PortTests {
    @Test func transportsAreCodedAsTheirNames() throws {
        #expect(try JSONEncoder().encode([Transport.udp]) == Data("[\"udp\"]".utf8))
        #expect(try JSONDecoder().decode([Transport].self, from: Data("[\"tcp\"]".utf8)) == [.tcp])
        #expect(throws: DecodingError.self) { try JSONDecoder().decode([Transport].self, from: Data("[\"x\"]".utf8)) }
    }

    @Test func ports() throws {
        let port = try Port("8080")
        #expect(port == 8080)
        #expect(Port(exactly: 65536) == nil)
        #expect(try JSONDecoder().decode([Port].self, from: Data("[443]".utf8)) == [443])
        #expect(try JSONEncoder().encode([port]) == Data("[8080]".utf8))
        let zero = Data("[0]".utf8)
        #expect(throws: DecodingError.self) { try JSONDecoder().decode([Port].self, from: zero) }
    }

    @Test(arguments: ["", "0", "65536", "+1", "a", "8 0"]) func wrongPorts(text: String) {
        let error = #expect(throws: InvalidValue.self) { _ = try Port(text) }
        #expect(error?.value == text)
    }

    @Test func ranges() throws {
        let range = try PortRange("8000-8002")
        #expect(Array(range) == [8000, 8001, 8002])
        #expect(range.count == 3 && range[2] == 8002 && range[3] == nil)
        #expect(range.description == "8000-8002" && PortRange(80).description == "80")
        #expect(try Array(PortRange("65535")) == [65535])
        for text in ["", "-", "2-1", "1-2-3", "0-5", "1-"] {
            #expect(throws: InvalidValue.self) { try PortRange(text) }
        }
    }

    @Test func bindings() throws {
        let loopback = PortBinding(hostPort: 8080, containerPort: 80)
        var everywhere = loopback
        everywhere.hostAddress = .any
        var single = loopback
        single.hostAddress = try HostAddress("fd00::1")
        #expect(loopback.conflicts(with: everywhere) && everywhere.conflicts(with: single))
        #expect(!loopback.conflicts(with: single))
        everywhere.transport = .udp
        #expect(!loopback.conflicts(with: everywhere))
        #expect(single.description == "[fd00::1]:8080→80/tcp")
        #expect(try JSONDecoder().decode(PortBinding.self, from: JSONEncoder().encode(single)) == single)
        #expect(try Transport("UDP") == .udp)
        #expect(throws: InvalidValue.self) { try Transport("icmp") }
    }
}
