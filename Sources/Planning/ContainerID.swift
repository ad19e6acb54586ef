/// Which container of an environment: the service's name and a number from 1; prints as `web-1`.
public struct ContainerID: Hashable, Sendable, Codable, Comparable, CustomStringConvertible {
    public var service: String
    public var number: Int

    public init(service: String, number: Int) {
        self.service = service
        self.number = number
    }

    public var description: String { "\(service)-\(number)" }

    public static func < (lhs: ContainerID, rhs: ContainerID) -> Bool {
        (lhs.service, lhs.number) < (rhs.service, rhs.number)
    }
}
