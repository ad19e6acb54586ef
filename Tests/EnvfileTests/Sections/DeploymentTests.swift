import Testing

@testable import Envfile

@Suite(.timeLimit(.minutes(2))) struct DeploymentTests {
    private let section = Section(decode: Deployment.decoded) { content, _ in content.rendered() }

    @Test func looksAsComposeShowsIt() {
        section.check("{replicas: 3}", #"{"placement":{},"replicas":3,"resources":{}}"#)
        section.check(
            "{resources: {limits: {memory: 1.5G}}}",
            #"{"placement":{},"resources":{"limits":{"memory":"1610612736"}}}"#)
        section.check("{}", #"{"placement":{},"resources":{}}"#)
        #expect(section.read("~").content == nil)
        #expect(section.read("~").messages == [])
    }

    @Test func everyAttribute() {
        section.check(
            """
            mode: replicated
            replicas: 0
            endpoint_mode: vip
            labels: {a: 1}
            update_config: &u {parallelism: 0, delay: 10s, failure_action: rollback, monitor: 1h, max_failure_ratio: 0.25, order: start-first}
            rollback_config: {delay: 0s}
            restart_policy: {condition: on-failure, delay: 0s, max_attempts: 0, window: 90s}
            placement: {constraints: [node.role==manager], max_replicas_per_node: 2, preferences: [{spread: zone}, {spread: rack}]}
            resources:
              limits: {cpus: '0.5', memory: 64m, pids: -1}
              reservations:
                cpus: 2
                memory: 1k
                generic_resources: [{discrete_resource_spec: {kind: SSD, value: 3}}]
                devices: [{capabilities: [gpu, tpu], driver: nvidia, count: 2, options: [a=b]}, {capabilities: [x], device_ids: ['0']}]
            """,
            #"{"endpoint_mode":"vip","labels":{"a":"1"},"mode":"replicated","#
                + #""placement":{"constraints":["node.role==manager"],"max_replicas_per_node":2,"#
                + #""preferences":[{"spread":"zone"},{"spread":"rack"}]},"replicas":0,"#
                + #""resources":{"limits":{"cpus":0.5,"memory":"67108864","pids":-1},"#
                + #""reservations":{"cpus":2,"devices":[{"capabilities":["gpu","tpu"],"count":2,"driver":"nvidia","#
                + #""options":{"a":"b"}},{"capabilities":["x"],"device_ids":["0"]}],"#
                + #""generic_resources":[{"discrete_resource_spec":{"kind":"SSD","value":3}}],"memory":"1024"}},"#
                + #""restart_policy":{"condition":"on-failure","delay":"0s","max_attempts":0,"window":"1m30s"},"#
                + #""rollback_config":{},"#
                + #""update_config":{"delay":"10s","failure_action":"rollback","max_failure_ratio":0.25,"#
                + #""monitor":"1h0m0s","order":"start-first","parallelism":0}}"#)
    }

    @Test(arguments: [
        SectionCase("3", "error: s must be a mapping, but is the number 3"),
        SectionCase("{replica: 1}", "error: unknown key `replica` in s"),
        SectionCase(
            "{replicas: -1}", "error: s.replicas must be a number of containers from 0 to 2147483647, but is -1"),
        SectionCase("{replicas: many}", "error: s.replicas must be a number of containers, but is a string"),
        SectionCase(
            "{mode: globl}",
            "warning: s.mode is `globl`, which means nothing here; known are `replicated`, `global`, `replicated-job`, `global-job`"
        ),
        SectionCase(
            "{resources: {limits: {memory: 64}}}",
            "error: s.resources.limits.memory must be a string, but is the number 64"),
        SectionCase(
            "{resources: {limits: {cpus: fast}}}",
            "error: s.resources.limits.cpus must be a number of processors, but is a string"),
        SectionCase(
            "{resources: {limits: {cpus: -1}}}",
            "error: s.resources.limits.cpus must be a number of processors from 0.0 to 4096.0, but is -1"),
        SectionCase("{resources: {limits: {devices: []}}}", "error: unknown key `devices` in s.resources.limits"),
        SectionCase("{resources: {reservations: {pids: 1}}}", "error: unknown key `pids` in s.resources.reservations"),
        SectionCase(
            "{resources: {reservations: {devices: [{}]}}}",
            "error: s.resources.reservations.devices[0] has no `capabilities`"),
        SectionCase("{resources: {reservations: {devices: [{capabilities: [a, a]}]}}}", "error: `a` is listed twice"),
        SectionCase(
            "{resources: {reservations: {devices: [{capabilities: [a], count: 1, device_ids: [b]}]}}}",
            "error: s.resources.reservations.devices[0] has both a `count` and `device_ids`"),
        SectionCase(
            "{update_config: {order: first}}",
            "error: s.update_config.order must be one of `start-first`, `stop-first`, but is `first`"),
        SectionCase(
            "{update_config: {delay: 3}}",
            "error: s.update_config.delay must be a duration such as `10s`, `1m30s` or `500ms`, but is the number 3"),
        SectionCase("{restart_policy: always}", "error: s.restart_policy must be a mapping, but is a string"),
        SectionCase(
            "{placement: {preferences: [a]}}", "error: s.placement.preferences[0] must be a mapping, but is a string"),
    ])
    func namesWhatIsWrong(_ example: SectionCase) {
        #expect(section.read(example.text).messages == example.expected)
    }

    @Test func graphicsProcessors() {
        let gpus = Section(decode: DeviceRequest.decodedGPUs) { list, _ in .list(list.map { $0.rendered() }) }
        #expect(gpus.read("all").content == [DeviceRequest(selection: .all)])
        gpus.check("[{driver: nvidia, count: 2}]", #"[{"count":2,"driver":"nvidia"}]"#)
        gpus.check("[{driver: nvidia}, {count: all}]", #"[{"count":-1,"driver":"nvidia"},{"count":-1}]"#)
        gpus.check("[{device_ids: [a, b], capabilities: [c]}]", #"[{"capabilities":["c"],"device_ids":["a","b"]}]"#)
        #expect(gpus.read("some").messages == ["error: gpus must be `all` or a list, but is `some`"])
        #expect(gpus.read("3").messages == ["error: s must be `all` or a list, but is the number 3"])
        #expect(
            gpus.read("[{count: few}]").messages == [
                "error: s[0].count must be a number of devices or `all`, but is a string"
            ])
        #expect(gpus.hints("[{drivr: x}]") == ["did you mean `driver`?"])
    }
}
