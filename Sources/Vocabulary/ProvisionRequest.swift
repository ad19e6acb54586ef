/// Which steps of `provision` a command asks for.
package enum ProvisionRequest: Hashable, Sendable {
    /// Those that are due: that have not run, that have changed, and that always run.
    case due
    /// All but those that run only by name, whether they have run or not.
    case all
    /// Those of these names or kinds (`shell`, `copy`), whatever their policy and whether they have run or not.
    case named(Set<String>)
    case none
}
