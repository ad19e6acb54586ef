internal import Dispatch
internal import Glibc
internal import LinuxSystem
package import SystemPackage

/// The process of a user outside of the namespaces that Trice works in: it makes them, makes sockets of the host's network
/// and runs programs of the host for those inside, and ends, with the namespaces, when no process works in them any more.
package struct RootlessAgent: Sendable {
    private let directory: RootlessDirectory
    /// This program, and the small one that keeps the namespaces.
    private let program: FilePath
    private let keeperProgram: FilePath
    /// Where each environment that is there has a directory.
    private let environments: FilePath
    /// The threads that serve programs of the host.
    private let programs = DispatchGroup()

    /// - Parameters:
    ///   - program: this program, which is started again to make the namespaces.
    ///   - keeperProgram: `trice-init`.
    ///   - environments: where each environment that is there has a directory.
    package init(
        directory: RootlessDirectory, program: FilePath, keeperProgram: FilePath, environments: FilePath
    ) {
        self.environments = environments
        self.directory = directory
        self.program = program
        self.keeperProgram = keeperProgram
    }

    /// The descriptor on which the command that started the agent waits for its `ReportLine`.
    package static let readiness: Int32 = 3

    /// Serves until no process is inside.
    package func run() -> Never {
        do {
            let keeper = try livingKeeper()
            try Files.remove(directory.socket)
            let socket = try MessageSocket.listen(at: directory.socket)
            ReportLine.write("", to: Self.readiness)
            close(Self.readiness)
            try watch(keeper)
            DispatchQueue.global().async { waitForTheLastUser(keeper) }
            while true { serveNext(socket, of: keeper) }
        } catch {
            ReportLine.write("\(error)", to: Self.readiness)
            exit(1)
        }
    }

    /// The one that an earlier agent left, which was killed; else a new one.
    private func livingKeeper() throws -> Keeper {
        if let living = directory.keeper() { return living }
        directory.clear()
        let keeper = try makeNamespaces()
        do {
            try directory.note(keeper)
        } catch {
            // Such as on a full disk: no command would find it.
            kill(keeper.pid, SIGKILL)
            throw error
        }
        if let reason = WayOut(directory: directory, keeper: keeper.pid).start() {
            ReportLine.write("Containers have no way out of this host: \(reason)", to: 2)
        }
        return keeper
    }

    // MARK: - Serving

    private func serveNext(_ socket: borrowing MessageSocket, of keeper: Keeper) {
        do throws(SystemError) {
            let client = try socket.accept()
            let peer = try client.peer()
            guard peer.user == geteuid() else { return }
            while let message = try client.receive() {
                if OutsideProgram.isRequest(message.bytes) {
                    return try serveProgram(message.descriptors, client, peer.pid, of: keeper)
                }
                for fd in message.descriptors { close(fd) }
                try HostSocket.answer(message.bytes, over: client)
            }
        } catch {
            // That client has no answer; the next one may.
            usleep(1000)
        }
    }

    /// Runs a program of the host beside the other work.
    ///
    /// A container has the user's number too: where the socket is mounted into one, it gets no program.
    private func serveProgram(
        _ descriptors: [Int32], _ client: borrowing MessageSocket, _ peer: Int32, of keeper: Keeper
    ) throws(SystemError) {
        guard keeper.shares("mnt", with: peer) else {
            for fd in descriptors { close(fd) }
            return try client.send([2, UInt8(EPERM)])
        }
        let copy = try client.descriptor.duplicate().release()
        programs.enter()
        do throws(SystemError) {
            try DedicatedThread.detach {
                // One whose client is gone has ended already.
                try? OutsideProgram.serve(descriptors, over: MessageSocket(OwnedDescriptor(owning: copy)))
                programs.leave()
            }
        } catch {
            programs.leave()
            throw error
        }
    }

    /// Waits until the programs of commands that were killed are killed too.
    private func awaitPrograms() { _ = programs.wait(timeout: .now() + .seconds(5)) }

    /// Waits until no one holds the lock of the users, and ends the namespaces and this process then.
    private func waitForTheLastUser(_ keeper: Keeper) -> Never {
        var pause: UInt32 = 20_000
        var transit = directory.transitProcess
        while true {
            let lock: FileLock
            do throws(SystemError) {
                lock = try FileLock(waitingFor: directory.users)
            } catch  where error.errno == .noSuchFileOrDirectory {
                // The directory was removed: no command finds the namespaces any more.
                end(keeper, transit)
                exit(1)
            } catch {
                // Such as no more descriptors, which says nothing of who is inside.
                usleep(1_000_000)
                continue
            }
            guard directory.keeper() == keeper else {
                // They were killed, or another agent has ended them: what the directory tells of is another one's.
                _ = consume lock
                end(keeper, transit)
                exit(1)
            }
            transit = directory.transitProcess
            if keeper.hasCompany(besides: transit.map { [$0] } ?? []) || hasEnvironments {
                // Such as containers whose supervisor is about to be started again, or none that has been started yet, whose
                // networks are there.
                _ = consume lock
                usleep(pause)
                pause = min(pause * 2, 1_000_000)
                continue
            }
            // A command that comes now waits for the lock, and finds no namespaces after it.
            directory.clear()
            end(keeper, transit)
            exit(0)
        }
    }

    /// Ends what still runs in the namespaces when the process is gone that keeps them: no command finds it, and a supervisor
    /// that lived on would start containers in other namespaces than the next command's.
    private func watch(_ keeper: Keeper) throws(SystemError) {
        guard let namespace = keeper.userNamespace else { return }
        // As long as this is open, no other namespace gets the number.
        let held = try OwnedDescriptor.open(keeper.namespace("user")).release()
        let process = try ProcessDescriptor(pid: keeper.pid).descriptor.duplicate().release()
        try DedicatedThread.detach {
            var item = pollfd(fd: process, events: Int16(POLLIN), revents: 0)
            while poll(&item, 1, -1) < 1 {}
            // Where it is a child of this process.
            _ = Children.reap(keeper.pid)
            for _ in 0..<500 {
                // For want of descriptors there is another time.
                if let left = try? Keeper.processes(in: namespace) {
                    if left.isEmpty { break }
                    for pid in left { kill(pid, SIGKILL) }
                }
                usleep(20_000)
            }
            close(held)
        }
    }

    private func end(_ keeper: Keeper, _ transit: Int32?) {
        if let transit { kill(transit, SIGTERM) }
        // Its number may be that of another process by now.
        if Keeper(keeper.pid) == keeper { kill(keeper.pid, SIGKILL) }
        awaitPrograms()
    }

    private var hasEnvironments: Bool {
        do throws(SystemError) {
            return try !Files.names(in: environments).isEmpty
        } catch {
            // For want of descriptors or memory; a directory that can never be read holds nothing up.
            return [.tooManyOpenFiles, .tooManyOpenFilesInSystem, .noMemory].contains(error.errno)
        }
    }

    // MARK: - Making

    /// Starts a process in new namespaces, and maps the user's IDs into them.
    private func makeNamespaces() throws -> Keeper {
        let users = try IdentityRange.ofUser(in: "/etc/subuid")
        let groups = try IdentityRange.ofUser(in: "/etc/subgid")
        let told = try Pipe()
        let answers = try Pipe()
        let child = try ChildProcess.start(
            ChildProcess.Command(
                program.string,
                ["enter-namespaces", directory.path.removingLastComponent().string, keeperProgram.string],
                descriptors: [2: 2, 3: told.reader.rawValue, 4: answers.writer.rawValue], startsSession: true))
        let reader = answers.closingWriter()
        do {
            try expectAnswer(reader)
            try map(child.pid, "newuidmap", getuid(), users)
            try map(child.pid, "newgidmap", getgid(), groups)
            try told.writer.write([1])
            try expectAnswer(reader)
        } catch {
            kill(child.pid, SIGKILL)
            _ = try? child.wait()
            throw error
        }
        guard let keeper = Keeper(child.pid) else {
            throw RootlessError(.noNamespaces, "The process that keeps the namespaces ended at once.")
        }
        return keeper
    }

    /// One line from the process inside, empty when all is well.
    private func expectAnswer(_ reader: borrowing OwnedDescriptor) throws {
        guard let line = ReportLine.read(from: reader) else {
            throw RootlessError(.noNamespaces, "The process in the new namespaces ended; see `\(directory.log)`.")
        }
        if !line.isEmpty { throw RootlessError(.noNamespaces, line) }
    }

    private func map(_ pid: Int32, _ name: String, _ own: UInt32, _ range: IdentityRange) throws {
        let output: ProcessOutput
        do throws(SystemError) {
            output = try ProcessOutput.of(
                ChildProcess.Command(name, ["\(pid)", "0", "\(own)", "1", "1", "\(range.first)", "\(range.count)"]))
        } catch {
            throw RootlessError(.noMapping, "The program `\(name)` is missing. Install it: `sudo apt install uidmap`.")
        }
        guard output.status == .exited(0) else {
            throw RootlessError(.noMapping, "`\(name)` refuses: \(output.message)")
        }
    }
}

extension RootlessDirectory {
    /// The process of the way out.
    var transitProcess: Int32? {
        (((try? Files.text(transit)) ?? nil) ?? "").split(whereSeparator: \.isWhitespace).first.flatMap { Int32($0) }
    }
}
