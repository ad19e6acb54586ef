import Glibc
import LinuxSystem
import SystemPackage
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1))) struct ProcessFactsTests {
    @Test func aProcessThatWasKilledIsEnding() throws {
        let child = try ChildProcess.start(ChildProcess.Command("/bin/sleep", ["100"]))
        #expect(!ProcessFacts.isEnding(child.pid))
        // A stopped process does not take the signal before it goes on, but for SIGKILL.
        kill(child.pid, SIGTERM)
        kill(child.pid, SIGKILL)
        #expect(ProcessFacts.isEnding(child.pid) || eventually { ProcessFacts.isEnding(child.pid) })
        _ = try child.wait()
        #expect(ProcessFacts.isEnding(child.pid))
    }

    /// It lives, with its descriptors, while another of its threads does.
    @Test func aProcessWhoseFirstThreadHasEndedLives() throws {
        let program = "import ctypes, threading, time; threading.Thread(target=time.sleep, args=(60,)).start(); "
        let child = try ChildProcess.start(
            ChildProcess.Command("python3", ["-c", program + "ctypes.CDLL(None).pthread_exit(None)"]))
        let status = FilePath("/proc/\(child.pid)/stat")
        #expect(eventually { (try? Files.text(status))??.contains(") Z ") == true })
        #expect(ProcessFacts.isAlive(child.pid))
        #expect(ProcessFacts.startTime(of: child.pid) != nil)
        kill(child.pid, SIGKILL)
        #expect(eventually { !ProcessFacts.isAlive(child.pid) })
        _ = try child.wait()
    }

    /// A container may have ended before the supervisor looks at it for the first time.
    @Test func aZombieHasAStartTimeForThoseWhoAsk() throws {
        let child = try ChildProcess.start(ChildProcess.Command("/bin/sleep", ["0"]))
        let startTime = ProcessFacts.startTime(of: child.pid, orOfZombie: true)
        #expect(eventually { !ProcessFacts.isAlive(child.pid) })
        #expect(ProcessFacts.startTime(of: child.pid) == nil)
        #expect(startTime != nil && ProcessFacts.startTime(of: child.pid, orOfZombie: true) == startTime)
        #expect(ProcessFacts.parent(of: child.pid, orOfZombie: true) == getpid())
        _ = try child.wait()
        #expect(ProcessFacts.startTime(of: child.pid, orOfZombie: true) == nil)
    }

    @Test func thisProcessIsNotEnding() {
        #expect(!ProcessFacts.isEnding(getpid()))
    }
}
