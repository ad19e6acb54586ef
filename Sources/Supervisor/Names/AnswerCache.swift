/// The answers that one container has had to its datagrams, as bytes: a program asks for the same name again and again.
///
/// An answer counts for as long as the names are the same, and the same of the containers in it run.
struct AnswerCache {
    /// Whether a container ran when the answer was made.
    struct Condition: Hashable {
        var container: String
        var isRunning: Bool
    }

    private struct Entry {
        var conditions: [Condition]
        /// With another address at the first place in each; `nil` for those that have not been asked for.
        var rotations: [[UInt8]?]
    }

    /// By the question without its ID.
    private var entries: [[UInt8]: Entry] = [:]
    /// The names that the answers are of.
    private var revision = 0
    /// How many bytes questions and answers have; a container is not trusted with the memory of the supervisor.
    private(set) var size = 0
    private static let limit = 1 << 16

    /// The answer to a question, with its ID.
    ///
    /// - Parameters:
    ///   - revision: which names count now.
    ///   - turn: the number of the question.
    mutating func answer(
        to question: [UInt8], revision: Int, turn: Int, isRunning: (String) -> Bool
    ) -> [UInt8]? {
        if revision != self.revision {
            entries = [:]
            size = 0
            self.revision = revision
        }
        guard question.count >= 2, let entry = entries[Array(question[2...])],
            entry.conditions.allSatisfy({ isRunning($0.container) == $0.isRunning }),
            var answer = entry.rotations[turn % entry.rotations.count]
        else { return nil }
        answer[0] = question[0]
        answer[1] = question[1]
        return answer
    }

    /// Keeps an answer.
    ///
    /// - Parameter rotations: how many orders of its addresses there are.
    mutating func keep(
        _ answer: [UInt8], to question: [UInt8], turn: Int, rotations: Int, _ conditions: [Condition]
    ) {
        guard question.count >= 2 else { return }
        let key = Array(question[2...])
        size += key.count + answer.count
        // Those that are asked for come back at once.
        if size > Self.limit {
            entries = [:]
            size = key.count + answer.count
        }
        var entry = entries[key] ?? Entry(conditions: conditions, rotations: [])
        if entry.rotations.count != rotations || entry.conditions != conditions {
            entry = Entry(conditions: conditions, rotations: Array(repeating: nil, count: rotations))
        }
        entry.rotations[turn % rotations] = answer
        entries[key] = entry
    }
}
