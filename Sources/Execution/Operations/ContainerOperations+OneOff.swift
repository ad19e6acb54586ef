internal import Glibc
internal import LinuxSystem
internal import Supervisor
internal import SupervisorProtocol
internal import SystemPackage
internal import Workspaces

internal import struct Vocabulary.ContainerID

/// The container of `run`.
extension ContainerOperations {
    /// Starts it with the streams of the user.
    ///
    /// - Returns: its first process.
    func start(_ request: StartRequest, with streams: ForegroundStreams) throws -> Int32 {
        var request = request
        request.keepsInputOpen = nil
        // The user reads all that it writes: what is dropped from its log before that would be lost.
        request.care?.logs = nil
        let supervisor = try workspace.supervisor()
        guard let input = streams.input else { return try supervisor.start(request) }
        return try input.giveReader { try supervisor.start(request, input: $0) }
    }

    /// How the supervisor has it removed where this process does not.
    func removal(of id: ContainerID, _ oneOff: OneOffStart) throws -> Removal {
        let client = oneOff.streams == nil ? nil : getpid()
        return Removal(
            command: [
                try Installation().program.string, "-p", workspace.id.text, "rm", "--force", "--stop", "--volumes",
                "\(id.service)",
            ], client: client, clientStartTime: client.flatMap { ProcessFacts.startTime(of: $0) })
    }
}
