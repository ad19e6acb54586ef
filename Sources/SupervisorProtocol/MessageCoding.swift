/// What a command writes and reads, in the form that the compiler gives an enum: an object whose one key is the case, with
/// an object of the case's values, in which values without a label are `_0`, `_1`, ….
///
/// The compiler's own code has a type of keys for each case and prepares all of them before it looks which one is there. A
/// command writes one or two requests, so that this took more time than the requests themselves. The supervisor, which runs
/// on, uses the compiler's code for the other direction.
private enum Member: String, CodingKey {
    case names, orders, name, signal, ports, container, removesLogs, milliseconds, jobs, sockets
    case paths, pid, code, message
    case first = "_0"
    case second = "_1"
}

private enum RequestName: String, CodingKey {
    case hold, start, stop, kill, wait, status, publish, withdraw, openPorts, forget, expect, schedule, listen, follow
    case announce
}

extension Request {
    private var caseName: RequestName {
        switch self {
        case .hold: .hold
        case .start: .start
        case .stop: .stop
        case .kill: .kill
        case .wait: .wait
        case .status: .status
        case .publish: .publish
        case .withdraw: .withdraw
        case .openPorts: .openPorts
        case .forget: .forget
        case .expect: .expect
        case .schedule: .schedule
        case .listen: .listen
        case .follow: .follow
        case .announce: .announce
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: RequestName.self)
        var members = container.nestedContainer(keyedBy: Member.self, forKey: caseName)
        switch self {
        case .status, .openPorts, .follow: break
        case .hold(let names): try members.encode(names, forKey: .names)
        case .start(let request): try members.encode(request, forKey: .first)
        case .stop(let orders): try members.encode(orders, forKey: .orders)
        case .kill(let name, let signal):
            try members.encode(name, forKey: .name)
            try members.encode(signal, forKey: .signal)
        case .wait(let name), .announce(let name): try members.encode(name, forKey: .name)
        case .publish(let ports): try members.encode(ports, forKey: .ports)
        case .withdraw(let name): try members.encode(name, forKey: .container)
        case .forget(let name, let removesLogs):
            try members.encode(name, forKey: .name)
            try members.encode(removesLogs, forKey: .removesLogs)
        case .expect(let name, let expectation, let milliseconds):
            try members.encode(name, forKey: .name)
            try members.encode(expectation, forKey: .second)
            try members.encodeIfPresent(milliseconds, forKey: .milliseconds)
        case .schedule(let jobs): try members.encode(jobs, forKey: .jobs)
        case .listen(let sockets): try members.encode(sockets, forKey: .sockets)
        }
    }
}

private enum ResponseName: String, CodingKey {
    case held, started, containers, published, openPorts, expected, done, failed
}

extension Response {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: ResponseName.self)
        let cases = container.allKeys
        guard cases.count == 1, let name = cases.first else {
            throw DecodingError.typeMismatch(
                Response.self,
                .init(
                    codingPath: container.codingPath,
                    debugDescription: "The answer has \(cases.count) known keys, not one."))
        }
        let members = try container.nestedContainer(keyedBy: Member.self, forKey: name)
        switch name {
        case .held: self = .held(paths: try members.decode([String].self, forKey: .paths))
        case .started: self = .started(pid: try members.decode(Int32.self, forKey: .pid))
        case .containers: self = .containers(try members.decode([ContainerStatus].self, forKey: .first))
        case .published: self = .published(try members.decode(PublicationResult.self, forKey: .first))
        case .openPorts: self = .openPorts(try members.decode([PublishedPort].self, forKey: .first))
        case .expected: self = .expected(try members.decode(ExpectationResult.self, forKey: .first))
        case .done: self = .done
        case .failed:
            self = .failed(
                code: try members.decode(String.self, forKey: .code),
                message: try members.decode(String.self, forKey: .message))
        }
    }
}
