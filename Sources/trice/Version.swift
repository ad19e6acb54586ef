/// The version of Trice. It stands here only: the Makefile, the packages and the release read it with `.ci/version`.
enum Version {
    static let text = "0.1.0"
}
