import Vocabulary

/// The images of a plan: its first phase.
///
/// What a pull or a build gives is known only afterwards. The rest of the plan is then planned once more from the images
/// as they are, and takes the place of what was expected; the operations on images keep their ids.
extension Plan {
    /// The operations on images, which come before all others.
    package var imageOperations: [PlannedOperation] { operations.filter(\.operation.bringsImage) }

    /// The same operations on images and, after them, what `rest` has to do now that they are done.
    ///
    /// - Parameter rest: a plan without operations on images.
    package func continued(by rest: Plan) -> Plan {
        let images = imageOperations
        func shifted(_ id: OperationID) -> OperationID { OperationID(id.phase, id.number + images.count) }
        let later = rest.operations.map { planned in
            var planned = planned
            planned.id = shifted(planned.id)
            planned.dependsOn = planned.dependsOn.map(shifted)
            planned.follows = planned.follows.map(shifted)
            return planned
        }
        return Plan(operations: images + later, notes: rest.notes)
    }
}

extension PlannedOperation {
    /// Whether it changes something only when an image turns out to be another than before.
    package var onlyAsks: Bool {
        switch operation {
        case .pullImage: true
        case .buildImage(_, _, let isDue): !isDue
        default: false
        }
    }
}

extension Operation {
    /// Whether it brings an image from elsewhere.
    package var isBrought: Bool {
        switch self {
        case .ensureImage, .pullImage, .bringBaked: true
        default: false
        }
    }
}
