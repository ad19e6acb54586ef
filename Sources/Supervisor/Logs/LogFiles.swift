internal import Glibc
internal import LinuxSystem
internal import SystemPackage

/// The files of one output of a container: the log with its index, and the older ones that make room for it.
struct LogFiles {
    let directory: LogDirectory
    let container: String
    let stream: LogStream

    /// The present log and its index, which are created when missing.
    func open() throws(SystemError) -> (log: SharedDescriptor, index: SharedDescriptor) {
        let log = directory.file(container, stream)
        let index = directory.index(container, stream)
        // A supervisor that was killed in the middle of a rotation has left the index of the log that it moved.
        if try Files.status(log) == nil, Files.exists(directory.index(container, stream, age: 0)),
            Files.exists(directory.file(container, stream, age: 1))
        {
            try Files.rename(index, to: directory.index(container, stream, age: 1))
        }
        return (
            SharedDescriptor(try OwnedDescriptor.open(log, O_RDWR | O_CREAT, mode: 0o600)),
            SharedDescriptor(try OwnedDescriptor.open(index, O_RDWR | O_CREAT | O_APPEND, mode: 0o600))
        )
    }

    /// Makes the present files the ones before, and removes those that are too many.
    ///
    /// - Parameter count: how many logs there may be with the one that comes; 1 or more.
    func rotate(keeping count: Int) throws(SystemError) {
        let ages = directory.ages(container, stream)
        for age in ages.reversed() {
            let (log, index) = (
                directory.file(container, stream, age: age), directory.index(container, stream, age: age)
            )
            if age + 1 >= count {
                try Files.remove(log)
                try Files.remove(index)
            } else {
                try Files.rename(log, to: directory.file(container, stream, age: age + 1))
                if Files.exists(index) {
                    try Files.rename(index, to: directory.index(container, stream, age: age + 1))
                }
            }
        }
    }

    func remove() throws(SystemError) {
        for age in directory.ages(container, stream) + [0] {
            try Files.remove(directory.file(container, stream, age: age))
            try Files.remove(directory.index(container, stream, age: age))
        }
    }
}
