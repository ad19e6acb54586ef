import Testing

@testable import Workspaces

@Suite(.timeLimit(.minutes(1))) struct CallerTests {
    @Test func aLineOfTheUserDatabase() {
        let text = "root:x:0:0:root:/root:/bin/bash\nbroken\ndev:x:1000:1001::/home/dev:/bin/sh\n"
        #expect(Caller.entry(of: 1000, in: text)?.group == 1001)
        #expect(Caller.entry(of: 1000, in: text)?.home == "/home/dev")
        #expect(Caller.entry(of: 1001, in: text) == nil)
        #expect(Caller.entry(of: 0, in: "") == nil)
    }
}
