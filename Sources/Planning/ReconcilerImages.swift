import Envfile

/// Images: present before anything that uses them is touched.
extension Reconciliation {
    mutating func ensureImages() {
        for service in desired.services where images[service.image] == nil {
            guard let cause = observed.dueImages[service.image] else { continue }
            images[service.image] = builder.add(.ensureImage(reference: service.image), cause: cause)
        }
        for service in desired.services where observed.images[service.image] == nil && images[service.image] == nil {
            let isUsed = desired.containers(of: service).contains { containerDecisions[$0.id]?.creates == true }
            if isUsed {
                images[service.image] = builder.add(
                    .ensureImage(reference: service.image), cause: "not in the store")
            }
        }
    }
}
