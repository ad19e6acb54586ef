import FoundationEssentials
import GRDB

/// The result of a build's step, by its key; the document is the builder's own.
package struct BuildStepRow: Hashable, Sendable, Codable {
    package var key: String
    /// JSON.
    package var document: String
    /// Seconds since 1970.
    package var usedAt: Int64

    package init(key: String, document: String, usedAt: Int64) {
        self.key = key
        self.document = document
        self.usedAt = usedAt
    }
}

extension DurableStore {
    /// The recorded result of a build step; `nil` for none.
    package func buildStep(key: String) throws(StoreError) -> BuildStepRow? {
        try database.read("look for a build step") {
            try BuildStepRow.fetchOne($0, sql: "SELECT * FROM buildStep WHERE key = ?", arguments: [key])
        }
    }

    /// Every step, sorted by key.
    package func buildSteps() throws(StoreError) -> [BuildStepRow] {
        try database.read("list the build steps") {
            try BuildStepRow.fetchAll($0, sql: "SELECT * FROM buildStep ORDER BY key")
        }
    }

    /// The components of a key; `nil` when they were not stored.
    package func buildDetails(key: String) throws(StoreError) -> [UInt8]? {
        try database.read("read the details of a build step") {
            try Data.fetchOne($0, sql: "SELECT bytes FROM buildDetails WHERE key = ?", arguments: [key])
                .map { [UInt8]($0) }
        }
    }

    /// Inserts a step or replaces the one with the same key, with its details in the same transaction.
    ///
    /// - Parameter detailsKey: the key of the details; they do not change when `details` is `nil`.
    package func save(_ step: BuildStepRow, details: [UInt8]?, detailsKey: String) throws(StoreError) {
        try database.write("write the record of a build step") { db in
            try step.insert(db, onConflict: .replace)
            guard let details else { return }
            try db.execute(
                sql: "INSERT OR REPLACE INTO buildDetails (key, bytes) VALUES (?, ?)",
                arguments: [detailsKey, Data(details)])
        }
    }

    /// Changes the documents of steps that are there, all in one transaction.
    package func updateBuildSteps(_ keys: [String], _ change: (inout BuildStepRow) throws -> Void) throws(StoreError) {
        guard !keys.isEmpty else { return }
        try database.write("update the records of build steps") { db in
            for key in keys {
                guard
                    var row = try BuildStepRow.fetchOne(
                        db, sql: "SELECT * FROM buildStep WHERE key = ?", arguments: [key])
                else { continue }
                try change(&row)
                try row.update(db)
            }
        }
    }

    /// Forgets steps and, of those, the details.
    ///
    /// - Parameter steps: the keys, each with the key of its details.
    package func deleteBuildSteps(_ steps: [(key: String, detailsKey: String)]) throws(StoreError) {
        guard !steps.isEmpty else { return }
        try database.write("delete the records of build steps") { db in
            for step in steps {
                try db.execute(sql: "DELETE FROM buildStep WHERE key = ?", arguments: [step.key])
                try db.execute(sql: "DELETE FROM buildDetails WHERE key = ?", arguments: [step.detailsKey])
            }
        }
    }

    /// A text about a build under its name; `nil` for none.
    package func buildNote(_ name: String) throws(StoreError) -> [UInt8]? {
        try database.read("read a note of a build") {
            try Data.fetchOne($0, sql: "SELECT bytes FROM buildNote WHERE name = ?", arguments: [name])
                .map { [UInt8]($0) }
        }
    }

    /// The names of all notes, sorted.
    package func buildNoteNames() throws(StoreError) -> [String] {
        try database.read("list the notes of builds") {
            try String.fetchAll($0, sql: "SELECT name FROM buildNote ORDER BY name")
        }
    }

    /// Forgets notes, all in one transaction.
    package func deleteBuildNotes(_ names: [String]) throws(StoreError) {
        guard !names.isEmpty else { return }
        try database.write("delete notes of builds") { db in
            for name in names {
                try db.execute(sql: "DELETE FROM buildNote WHERE name = ?", arguments: [name])
            }
        }
    }

    /// Records a text about a build, in place of one of the same name.
    package func setBuildNote(_ name: String, _ bytes: [UInt8]) throws(StoreError) {
        try database.write("write a note of a build") {
            try $0.execute(
                sql: "INSERT OR REPLACE INTO buildNote (name, bytes) VALUES (?, ?)", arguments: [name, Data(bytes)])
        }
    }
}
