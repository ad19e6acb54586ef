/// The tags by which a file says how its value meets that of the files before it.
enum MergeTag {
    /// Nothing of the attribute is left.
    static let reset = "!reset"
    /// The value stands as it is, whatever the rule of the attribute.
    static let override = "!override"
}
