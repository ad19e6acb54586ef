internal import Glibc
internal import LinuxSystem
internal import SystemPackage

/// The program that carries packets between a user's namespaces and the host: pasta(1), and slirp4netns(1) where that is
/// missing. Without one the containers reach each other, and the host reaches them.
struct WayOut {
    let directory: RootlessDirectory
    /// The process whose namespaces get the way out.
    let keeper: Int32

    /// Where the host's name server is found, when it listens on the host's loopback only: slirp4netns takes the third
    /// address of its network for it, and pasta any that it is told.
    static let resolverAddress = "169.254.1.3"
    /// The network of slirp4netns, whose second address is the host. No network of an environment has a part of it.
    private static let network = "169.254.1.0/24"
    /// The largest of slirp4netns.
    private static let packetSize = 65520
    /// In milliseconds.
    private static let patience: Int32 = 10_000

    /// - Returns: the reason why no program could be started; `nil` on success.
    func start() -> String? {
        guard let failure = startPasta() else { return nil }
        guard let other = startSlirp() else { return nil }
        return "\(failure); \(other)"
    }

    private func startPasta() -> String? {
        var arguments = [
            "--config-net", "--quiet", "--pid", directory.transit.string, "-t", "none", "-u", "none", "-T", "none",
            "-U", "none",
        ]
        if Files.exists(directory.resolver) { arguments += ["--dns-forward", Self.resolverAddress] }
        let output = try? ProcessOutput.of(
            ChildProcess.Command("pasta", arguments + ["\(keeper)"]),
            limits: ProcessOutput.Limits(timeout: .milliseconds(Int(Self.patience))))
        guard let output else { return "the program `pasta` is missing (`sudo apt install passt`)" }
        return output.status == .exited(0) ? nil : "pasta: \(output.message)"
    }

    private func startSlirp() -> String? {
        do throws(SystemError) {
            let ready = try Pipe()
            let process: ChildProcess
            do throws(SystemError) {
                process = try ChildProcess.start(
                    ChildProcess.Command(
                        "slirp4netns",
                        [
                            "--configure", "--mtu", "\(Self.packetSize)", "--cidr", Self.network, "--ready-fd", "3",
                            "\(keeper)", "tap0",
                        ], descriptors: [2: 2, 3: ready.writer.rawValue], startsSession: true))
            } catch  where error.errno == .noSuchFileOrDirectory {
                return "`slirp4netns` is missing too"
            }
            let reader = ready.closingWriter()
            var item = pollfd(fd: reader.rawValue, events: Int16(POLLIN), revents: 0)
            var byte: UInt8 = 0
            // The pipe has an end and no byte when the program has given up.
            guard poll(&item, 1, Self.patience) > 0, read(reader.rawValue, &byte, 1) == 1 else {
                kill(process.pid, SIGKILL)
                _ = try process.wait()
                return "slirp4netns gave up; see `\(directory.log)`"
            }
            try Files.write("\(process.pid)\n".utf8, to: directory.transit, mode: 0o600)
            return nil
        } catch {
            return "slirp4netns: \(error)"
        }
    }
}
