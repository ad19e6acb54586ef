internal import FoundationEssentials

/// An answer that is not what was asked for, and the error that it becomes.
struct StatusFailure {
    var status: Int
    var headers: HTTPHeaders
    var document: ErrorDocument?
    /// Who answered, as it reads in a message.
    var host: String
    /// Whether the request had credentials.
    var isAuthorized = false
    /// The registry for the remedy of a login.
    var registry = ""

    /// - Parameter what: completes "Could not …".
    func error(_ what: String, now: Int64 = Int64(Date().timeIntervalSince1970)) -> RegistryError {
        let said = document.map { "\(status) (\($0.summary))" } ?? "\(status)"
        func error(_ code: RegistryError.Code, _ why: String, retry: RetryPolicy.Failure? = nil) -> RegistryError {
            RegistryError(code, "Could not \(what): \(why)", retry: retry)
        }
        if document?.contains("DIGEST_INVALID") == true {
            return error(.digestMismatch, "\(host) got content that is not what its digest says. Make the image anew.")
        }
        switch status {
        case 401 where isAuthorized:
            return error(
                .unauthorized,
                "\(host) does not accept the credentials, or they do not allow this: \(said). Log in again: trice login \(registry)"
            )
        case 401:
            return error(
                .unauthorized,
                "\(host) does not have it, or gives it only after a login: \(said). Check the name, or log in: trice login \(registry)"
            )
        case 403:
            let remedy =
                isAuthorized || registry.isEmpty
                ? "Ask its owner for access." : "Log in if you have an account: trice login \(registry)"
            return error(.forbidden, "\(host) does not allow it: \(said). \(remedy)")
        case 404:
            return error(.notFound, "\(host) does not have it: \(said). Check the name, the tag and the registry.")
        case 413:
            return error(
                .tooLarge, "\(host) takes nothing of this size: \(said). Raise its limit for a request's body.")
        case 429:
            let wait = retryAfter(now)
            let remedy = wait.map { "Try again in \($0.components.seconds) seconds" } ?? "Try again later"
            return error(
                .rateLimited,
                "\(host) has had too many requests: \(said). \(remedy)\(isAuthorized || registry.isEmpty ? "." : ", or log in: trice login \(registry)")",
                retry: .status(retryAfter: wait))
        case 408, 500...599:
            return error(
                .serverFailed, "\(host) failed: it answered \(said). Try again later, or look into its log.",
                retry: status == 501 ? nil : .status(retryAfter: retryAfter(now)))
        case 400...499:
            return error(.refused, "\(host) refused: it answered \(said).")
        default:
            return error(
                .protocolViolation, "\(host) answered \(said), which no registry does here. Check the registry's name.")
        }
    }

    private func retryAfter(_ now: Int64) -> Duration? {
        headers.first(name: "Retry-After").flatMap { RetryAfter.parse($0, now: now) }
    }
}
