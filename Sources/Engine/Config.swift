package import Setup

/// `config`.
extension Engine {
    /// What the Envfile says, in one of the forms that `config` prints.
    ///
    /// - Throws: `EnvfileError` when the files are not valid; `EngineError` when the subject is not there.
    package func configuration(_ asked: ConfigRequest) throws -> ConfigReport {
        try ConfigurationReader(context).configuration(asked)
    }
}
