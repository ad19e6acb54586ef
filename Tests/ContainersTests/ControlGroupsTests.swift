import Containers
import Testing

@Suite(.timeLimit(.minutes(1))) struct ControlGroupsTests {
    @Test func versionTwoAlone() {
        let groups = ControlGroups("0::/user.slice/trice-a-web-1\n", isHybrid: false)
        #expect(groups.unified == "/sys/fs/cgroup/user.slice/trice-a-web-1")
        #expect(groups.controllers.isEmpty)
    }

    @Test func versionOneBesideAVersionTwoWithoutControllers() {
        let text = """
            12:pids:/trice-a-web-1
            5:cpu,cpuacct:/trice-a-web-1
            4:memory:/trice-a-web-1:with:colons
            3:devices:/
            1:name=systemd:/trice-a-web-1
            0::/trice-a-web-1
            """
        let groups = ControlGroups(text, isHybrid: true)
        #expect(groups.unified == nil)
        #expect(groups.controllers["cpuacct"] == "/sys/fs/cgroup/cpuacct/trice-a-web-1")
        #expect(groups.controllers["cpu"] == "/sys/fs/cgroup/cpu/trice-a-web-1")
        #expect(groups.controllers["memory"] == "/sys/fs/cgroup/memory/trice-a-web-1:with:colons")
        #expect(groups.controllers["devices"] == nil)
    }

    @Test func aScopeOfSystemd() {
        let group = "/user.slice/user-1000.slice/user@1000.service/user.slice/trice-a-web-1.scope"
        #expect(ControlGroups("0::\(group)\n", isHybrid: false).unified == "/sys/fs/cgroup\(group)")
    }

    /// Without a group of its own a container is in that of who started it, which counts other processes too.
    @Test(arguments: ["", "0::/\n", "nonsense\n", "1:memory\n", "0::/user.slice/user-0.slice/session-2.scope\n"])
    func whatTellsNothing(text: String) {
        let groups = ControlGroups(text, isHybrid: false)
        #expect(groups.unified == nil && groups.controllers.isEmpty)
        #expect(CgroupUsage(of: groups) == CgroupUsage(of: ControlGroups("", isHybrid: true)))
        #expect(CgroupUsage.processorTime(of: groups) == nil)
    }
}
