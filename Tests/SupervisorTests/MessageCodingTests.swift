import SupervisorProtocol
import Testing
import Vocabulary

/// What commands write and read by hand is what the compiler's code of the other side reads and writes.
@Suite(.timeLimit(.minutes(1))) struct MessageCodingTests {
    private static let status = ContainerStatus(
        name: "a", state: .running, pid: 7, code: nil, signal: nil, startedAt: 1, endedAt: nil, isAdopted: false,
        isStopping: nil)
    private static let port = PublishedPort(container: "a", hostPort: 80, target: 8080)

    /// Each case with its JSON, so that both directions cannot be wrong alike.
    static let requests: [(Request, String)] = [
        (.hold(names: ["net"]), #"{"hold":{"names":["net"]}}"#),
        (.stop(orders: []), #"{"stop":{"orders":[]}}"#),
        (.kill(name: "a", signal: 9), #"{"kill":{"name":"a","signal":9}}"#),
        (.wait(name: "a"), #"{"wait":{"name":"a"}}"#),
        (.status, #"{"status":{}}"#),
        (.publish(ports: []), #"{"publish":{"ports":[]}}"#),
        (.withdraw(container: "a"), #"{"withdraw":{"container":"a"}}"#),
        (.openPorts, #"{"openPorts":{}}"#),
        (.forget(name: "a", removesLogs: true), #"{"forget":{"name":"a","removesLogs":true}}"#),
        (.expect(name: "a", .ready, milliseconds: 5), #"{"expect":{"_1":"ready","milliseconds":5,"name":"a"}}"#),
        (.expect(name: "a", .ready, milliseconds: nil), #"{"expect":{"_1":"ready","name":"a"}}"#),
        (.schedule(jobs: []), #"{"schedule":{"jobs":[]}}"#),
        (.listen(sockets: []), #"{"listen":{"sockets":[]}}"#),
        (.follow, #"{"follow":{}}"#),
        (.announce(name: "a"), #"{"announce":{"name":"a"}}"#),
        (
            .start(StartRequest(name: "a", command: ["b"], pidFile: "c")),
            #"{"start":{"_0":{"command":["b"],"exitRecord":false,"name":"a","pidFile":"c","usesInit":false}}}"#
        ),
    ]

    @Test(arguments: requests) func aRequestIsReadAsItWasWritten(request: Request, text: String) throws {
        let bytes = try Coding.encode(request)
        #expect(String(decoding: bytes, as: UTF8.self) == text)
        #expect("\(try Coding.decode(Request.self, bytes))" == "\(request)")
    }

    @Test(arguments: [
        Response.held(paths: ["/a"]), .started(pid: 7), .containers([status]),
        .published(PublicationResult(isPublished: false, ports: [.init(hostPort: 80, errno: 98)])), .openPorts([port]),
        .expected(ExpectationResult(.late, status)), .done, .failed(code: "system", message: "No."),
    ])
    func anAnswerIsReadAsItWasWritten(response: Response) throws {
        #expect("\(try Coding.decode(Response.self, try Coding.encode(response)))" == "\(response)")
    }

    @Test(arguments: [
        #"{}"#, #"{"unknown":{}}"#, #"{"done":{},"held":{"paths":[]}}"#, #"{"held":{}}"#, #"{"done":1}"#, "[]",
    ])
    func whatIsNoAnswerIsRefused(text: String) {
        #expect(throws: DecodingError.self) { try Coding.decode(Response.self, Array(text.utf8)) }
    }
}
