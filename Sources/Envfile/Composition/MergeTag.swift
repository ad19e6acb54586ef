/// The tags with which a file chooses the merge of its value with earlier files.
enum MergeTag {
    /// Nothing of the attribute is left.
    static let reset = "!reset"
    /// The value replaces the earlier ones, without the rule of the attribute.
    static let override = "!override"
}
