/// One direction of a relayed connection: decides what to do next with source, pipe and sink.
struct HalfStream: Sendable, Hashable {
    enum Step: Sendable, Hashable {
        /// Move bytes from the source into the empty pipe.
        case fill
        /// Move bytes from the pipe into the sink.
        case flush
        /// Tells the sink that no more bytes follow.
        case shut
        /// Nothing until an event.
        case rest
    }

    private(set) var buffered = 0
    private var isReadable = false
    private var isWritable = false
    private var hasSourceEnded = false
    /// Whether the sink has got the end: nothing is left to do.
    private(set) var isDone = false

    var next: Step {
        if isDone { return .rest }
        if buffered > 0 { return isWritable ? .flush : .rest }
        if hasSourceEnded { return .shut }
        // Only an empty pipe is filled, so that EAGAIN can mean the source alone.
        return isReadable ? .fill : .rest
    }

    mutating func sourceReady() { isReadable = true }
    mutating func sinkReady() { isWritable = true }
    mutating func sourceExhausted() { isReadable = false }
    mutating func sinkFull() { isWritable = false }

    /// `count` bytes came from the source; 0 is its end.
    mutating func filled(_ count: Int) {
        buffered += count
        if count == 0 { hasSourceEnded = true }
    }

    mutating func flushed(_ count: Int) {
        buffered -= count
    }

    mutating func shut() {
        isDone = true
    }
}
