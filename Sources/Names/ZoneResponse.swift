internal import Vocabulary

extension Query {
    /// The response to what the environment knows; `nil` where another server has to be asked.
    ///
    /// - Parameter turn: the number of the question: several addresses come in turn at the first place.
    package func response(_ answer: ZoneAnswer, turn: Int) -> Message? {
        guard question.questionClass == 1 || question.questionClass == 255 else { return response(.refused) }
        switch answer {
        case .elsewhere: return nil
        case .noSuchName: return response(.noSuchName)
        case .names(let names):
            guard question.type == .ptr || question.type == .any else { return response() }
            return response(.success, names.map { ResourceRecord(name: question.name, pointer: $0) })
        case .addresses(let addresses):
            let wanted = wanted(addresses)
            let first = wanted.isEmpty ? 0 : turn % wanted.count
            return response(
                .success,
                (wanted[first...] + wanted[..<first]).map { ResourceRecord(name: question.name, address: $0) })
        }
    }

    /// How many responses to the same question there are, one for each address that comes first.
    package func rotations(of answer: ZoneAnswer) -> Int {
        guard case .addresses(let addresses) = answer else { return 1 }
        return max(1, wanted(addresses).count)
    }

    private func wanted(_ addresses: [IPAddress]) -> [IPAddress] {
        addresses.filter { address in
            switch address {
            case .v4: question.type == .a || question.type == .any
            case .v6: question.type == .aaaa || question.type == .any
            }
        }
    }
}
