internal import Synchronization

/// A value that is made when it is first needed and then kept; who asks meanwhile waits. A failure is not kept.
package final class Once<Value: Sendable>: Sendable {
    private let made = Mutex<Value?>(nil)

    package init() {}

    /// The value, made by the first caller; an error is not kept.
    package func value(_ make: () throws -> Value) throws -> Value {
        try made.withLock { made in
            if let value = made { return value }
            let value = try make()
            made = value
            return value
        }
    }

    /// The same for what may not be there; that it is not is not kept either.
    package func valueIfAny(_ find: () throws -> Value?) throws -> Value? {
        try made.withLock { made in
            if made == nil { made = try find() }
            return made
        }
    }
}
