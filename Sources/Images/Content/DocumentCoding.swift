internal import OCI
internal import Vocabulary

/// JSON documents of the image specification.
enum DocumentCoding {
    /// Larger documents are refused: manifests and configurations are much smaller.
    static let sizeLimit: Int64 = 4 << 20

    /// `what` names the document in the error.
    static func decode<Document: Decodable>(
        _ type: Document.Type, from bytes: [UInt8], _ what: @autoclosure () -> String
    ) throws(ImageError) -> Document {
        do {
            return try JSONCoding.decode(type, from: bytes)
        } catch let error as OCIError {
            throw ImageError(.invalidImage, "Could not read \(what()): \(error.message)", cause: error)
        } catch let error as DecodingError {
            throw ImageError(.invalidImage, "Could not read \(what()): \(reason(error)).", cause: error)
        } catch {
            throw ImageError(.invalidImage, "Could not read \(what()): \(error).", cause: error)
        }
    }

    static func encode(_ document: some Encodable) throws(ImageError) -> [UInt8] {
        do {
            return try JSONCoding.encode(document)
        } catch {
            throw ImageError(.invalidImage, "Could not write a JSON document: \(error).", cause: error)
        }
    }

    private static func reason(_ error: DecodingError) -> String {
        func path(_ context: DecodingError.Context) -> String {
            context.codingPath.map { $0.intValue.map { "[\($0)]" } ?? ".\($0.stringValue)" }.joined()
        }
        switch error {
        case .keyNotFound(let key, let context): return "it lacks `\(path(context)).\(key.stringValue)`"
        case .typeMismatch(_, let context), .valueNotFound(_, let context):
            return "`\(path(context))` has the wrong type"
        case .dataCorrupted(let context):
            return context.codingPath.isEmpty ? "it is not valid JSON" : "`\(path(context))` has a wrong value"
        @unknown default: return "\(error)"
        }
    }
}
