namespace SecretsFirewall.Storage;

/// <summary>
/// The schema's history: script <c>i</c> leads from version <c>i</c> to <c>i + 1</c>. Scripts that were released never change; a new
/// version appends one. Every column checks its type, so that a value of the wrong one is an error and not a surprise (STRICT would say it
/// shorter, but the bundled SQLite is older than that word, and a home may move between machines).
/// </summary>
internal static class SchemaVersions
{
    public static IReadOnlyList<string> Scripts { get; } =
    [
        """
        CREATE TABLE vault_key (
            id      INTEGER PRIMARY KEY CHECK (id = 1),
            wrapped BLOB NOT NULL CHECK (typeof(wrapped) = 'blob')
        );

        CREATE TABLE secrets (
            name       TEXT PRIMARY KEY CHECK (typeof(name) = 'text'),
            version    INTEGER NOT NULL CHECK (typeof(version) = 'integer'),
            sealed     BLOB NOT NULL CHECK (typeof(sealed) = 'blob'),
            weak       INTEGER NOT NULL CHECK (typeof(weak) = 'integer'),
            created_ms INTEGER NOT NULL CHECK (typeof(created_ms) = 'integer'),
            changed_ms INTEGER NOT NULL CHECK (typeof(changed_ms) = 'integer')
        );

        CREATE TABLE bindings (
            id              TEXT PRIMARY KEY CHECK (typeof(id) = 'text'),
            secret          TEXT NOT NULL REFERENCES secrets (name) ON DELETE CASCADE CHECK (typeof(secret) = 'text'),
            agent           TEXT CHECK (typeof(agent) IN ('text', 'null')),
            host            TEXT NOT NULL CHECK (typeof(host) = 'text'),
            port            INTEGER NOT NULL CHECK (typeof(port) = 'integer'),
            methods         TEXT NOT NULL CHECK (typeof(methods) = 'text'),
            path_prefix     TEXT CHECK (typeof(path_prefix) IN ('text', 'null')),
            place           TEXT NOT NULL CHECK (typeof(place) = 'text'),
            key             TEXT NOT NULL CHECK (typeof(key) = 'text'),
            format          TEXT NOT NULL CHECK (typeof(format) = 'text'),
            max_occurrences INTEGER NOT NULL CHECK (typeof(max_occurrences) = 'integer'),
            seal            BLOB NOT NULL CHECK (typeof(seal) = 'blob')
        );

        CREATE INDEX bindings_secret ON bindings (secret);

        CREATE TABLE agents (
            name       TEXT PRIMARY KEY CHECK (typeof(name) = 'text'),
            level      INTEGER NOT NULL CHECK (typeof(level) = 'integer'),
            token_hash BLOB NOT NULL CHECK (typeof(token_hash) = 'blob'),
            created_ms INTEGER NOT NULL CHECK (typeof(created_ms) = 'integer')
        );
        """,
        """
        ALTER TABLE secrets ADD COLUMN use TEXT NOT NULL DEFAULT 'secret' CHECK (typeof(use) = 'text');

        CREATE TABLE old_values (
            name       TEXT NOT NULL REFERENCES secrets (name) ON DELETE CASCADE CHECK (typeof(name) = 'text'),
            version    INTEGER NOT NULL CHECK (typeof(version) = 'integer'),
            sealed     BLOB NOT NULL CHECK (typeof(sealed) = 'blob'),
            active_ms  INTEGER NOT NULL CHECK (typeof(active_ms) = 'integer'),
            retired_ms INTEGER NOT NULL CHECK (typeof(retired_ms) = 'integer'),
            expires_ms INTEGER NOT NULL CHECK (typeof(expires_ms) = 'integer'),
            PRIMARY KEY (name, version)
        );

        CREATE TABLE kills (
            agent     TEXT PRIMARY KEY CHECK (typeof(agent) = 'text'),
            reason    TEXT NOT NULL CHECK (typeof(reason) = 'text'),
            killed_ms INTEGER NOT NULL CHECK (typeof(killed_ms) = 'integer')
        );
        """,
        """
        CREATE TABLE signed_documents (
            kind        TEXT NOT NULL CHECK (typeof(kind) = 'text'),
            name        TEXT NOT NULL CHECK (typeof(name) = 'text'),
            version     INTEGER NOT NULL CHECK (typeof(version) = 'integer'),
            sha256      TEXT NOT NULL CHECK (typeof(sha256) = 'text'),
            issued_ms   INTEGER NOT NULL CHECK (typeof(issued_ms) = 'integer'),
            accepted_ms INTEGER NOT NULL CHECK (typeof(accepted_ms) = 'integer'),
            in_force    INTEGER NOT NULL CHECK (typeof(in_force) = 'integer'),
            document    BLOB NOT NULL CHECK (typeof(document) = 'blob'),
            PRIMARY KEY (kind, name)
        );
        """,
        """
        CREATE TABLE audit_mark (
            id       INTEGER PRIMARY KEY CHECK (id = 1),
            sequence INTEGER NOT NULL CHECK (typeof(sequence) = 'integer'),
            hash     TEXT NOT NULL CHECK (typeof(hash) = 'text')
        );
        """,
    ];
}
