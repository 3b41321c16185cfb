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
        CREATE TABLE usage_hours (
            hour_ms     INTEGER NOT NULL CHECK (typeof(hour_ms) = 'integer'),
            agent       TEXT NOT NULL CHECK (typeof(agent) = 'text'),
            session     TEXT NOT NULL CHECK (typeof(session) = 'text'),
            provider    TEXT NOT NULL CHECK (typeof(provider) = 'text'),
            asked       TEXT NOT NULL CHECK (typeof(asked) = 'text'),
            model       TEXT NOT NULL CHECK (typeof(model) = 'text'),
            currency    TEXT NOT NULL CHECK (typeof(currency) = 'text'),
            calls       INTEGER NOT NULL CHECK (typeof(calls) = 'integer'),
            estimated   INTEGER NOT NULL CHECK (typeof(estimated) = 'integer'),
            suspect     INTEGER NOT NULL CHECK (typeof(suspect) = 'integer'),
            input       INTEGER NOT NULL CHECK (typeof(input) = 'integer'),
            output      INTEGER NOT NULL CHECK (typeof(output) = 'integer'),
            cache_read  INTEGER NOT NULL CHECK (typeof(cache_read) = 'integer'),
            cache_write INTEGER NOT NULL CHECK (typeof(cache_write) = 'integer'),
            reasoning   INTEGER NOT NULL CHECK (typeof(reasoning) = 'integer'),
            cost        TEXT NOT NULL CHECK (typeof(cost) = 'text'),
            PRIMARY KEY (hour_ms, agent, session, provider, asked, model, currency)
        ) WITHOUT ROWID;

        CREATE INDEX usage_hours_session ON usage_hours (session, hour_ms);

        CREATE TABLE open_calls (
            id       TEXT PRIMARY KEY CHECK (typeof(id) = 'text'),
            at_ms    INTEGER NOT NULL CHECK (typeof(at_ms) = 'integer'),
            agent    TEXT NOT NULL CHECK (typeof(agent) = 'text'),
            session  TEXT NOT NULL CHECK (typeof(session) = 'text'),
            provider TEXT NOT NULL CHECK (typeof(provider) = 'text'),
            asked    TEXT NOT NULL CHECK (typeof(asked) = 'text'),
            input    INTEGER NOT NULL CHECK (typeof(input) = 'integer'),
            output   INTEGER NOT NULL CHECK (typeof(output) = 'integer'),
            cost     TEXT NOT NULL CHECK (typeof(cost) = 'text'),
            currency TEXT NOT NULL CHECK (typeof(currency) = 'text')
        ) WITHOUT ROWID;

        CREATE TABLE budgets (
            id       TEXT PRIMARY KEY CHECK (typeof(id) = 'text'),
            period   TEXT NOT NULL CHECK (period IN ('day', 'week', 'month', 'session')),
            per      TEXT NOT NULL CHECK (per IN ('agent', 'group', 'model')),
            hard     INTEGER NOT NULL CHECK (typeof(hard) = 'integer'),
            agents   TEXT NOT NULL CHECK (typeof(agents) = 'text'),
            models   TEXT NOT NULL CHECK (typeof(models) = 'text'),
            tokens   INTEGER CHECK (typeof(tokens) IN ('integer', 'null')),
            money    TEXT CHECK (typeof(money) IN ('text', 'null')),
            currency TEXT NOT NULL CHECK (typeof(currency) = 'text'),
            requests INTEGER CHECK (typeof(requests) IN ('integer', 'null')),
            warn_at  TEXT NOT NULL CHECK (typeof(warn_at) = 'text'),
            unpriced INTEGER NOT NULL CHECK (typeof(unpriced) = 'integer')
        );

        CREATE TABLE budget_marks (
            account           TEXT PRIMARY KEY CHECK (typeof(account) = 'text'),
            window_ms         INTEGER NOT NULL CHECK (typeof(window_ms) = 'integer'),
            percent           INTEGER NOT NULL CHECK (typeof(percent) = 'integer'),
            forgiven_tokens   INTEGER NOT NULL CHECK (typeof(forgiven_tokens) = 'integer'),
            forgiven_money    TEXT NOT NULL CHECK (typeof(forgiven_money) = 'text'),
            forgiven_requests INTEGER NOT NULL CHECK (typeof(forgiven_requests) = 'integer')
        );
        """,
        """
        CREATE TABLE kill_latches (
            scope      TEXT NOT NULL CHECK (typeof(scope) = 'text'),
            name       TEXT NOT NULL CHECK (typeof(name) = 'text'),
            subdomains INTEGER NOT NULL CHECK (typeof(subdomains) = 'integer'),
            reason     TEXT NOT NULL CHECK (typeof(reason) = 'text'),
            said_by    TEXT NOT NULL CHECK (typeof(said_by) = 'text'),
            killed_ms  INTEGER NOT NULL CHECK (typeof(killed_ms) = 'integer'),
            PRIMARY KEY (scope, name)
        );

        INSERT INTO kill_latches (scope, name, subdomains, reason, said_by, killed_ms)
            SELECT 'agent', agent, 0, reason, 'an earlier version', killed_ms FROM kills;

        DROP TABLE kills;

        CREATE TABLE gate_unlocks (
            agent       TEXT NOT NULL CHECK (typeof(agent) = 'text'),
            scheme      TEXT NOT NULL CHECK (typeof(scheme) = 'text'),
            name        TEXT NOT NULL COLLATE NOCASE CHECK (typeof(name) = 'text'),
            port        INTEGER NOT NULL CHECK (typeof(port) = 'integer'),
            until_ms    INTEGER NOT NULL CHECK (typeof(until_ms) = 'integer'),
            reason      TEXT NOT NULL CHECK (typeof(reason) = 'text'),
            said_by     TEXT NOT NULL CHECK (typeof(said_by) = 'text'),
            unlocked_ms INTEGER NOT NULL CHECK (typeof(unlocked_ms) = 'integer'),
            PRIMARY KEY (agent, scheme, name, port)
        );
        """,
        """
        CREATE TABLE tool_pins (
            destination TEXT NOT NULL CHECK (typeof(destination) = 'text'),
            tool        TEXT NOT NULL CHECK (typeof(tool) = 'text'),
            hash        TEXT NOT NULL CHECK (typeof(hash) = 'text'),
            pending     INTEGER NOT NULL CHECK (typeof(pending) = 'integer'),
            description TEXT NOT NULL CHECK (typeof(description) = 'text'),
            seen_ms     INTEGER NOT NULL CHECK (typeof(seen_ms) = 'integer'),
            PRIMARY KEY (destination, tool, hash)
        );
        """,
        """
        CREATE TABLE approvals (
            id           TEXT PRIMARY KEY CHECK (typeof(id) = 'text'),
            fingerprint  TEXT NOT NULL CHECK (typeof(fingerprint) = 'text'),
            scope        TEXT NOT NULL CHECK (typeof(scope) = 'text'),
            agent        TEXT NOT NULL CHECK (typeof(agent) = 'text'),
            session      TEXT NOT NULL CHECK (typeof(session) = 'text'),
            rule         TEXT NOT NULL CHECK (typeof(rule) = 'text'),
            role         TEXT NOT NULL CHECK (typeof(role) = 'text'),
            subject      TEXT NOT NULL CHECK (typeof(subject) = 'text'),
            state        TEXT NOT NULL CHECK (state IN ('pending', 'approved', 'denied', 'cancelled')),
            created_ms   INTEGER NOT NULL CHECK (typeof(created_ms) = 'integer'),
            expires_ms   INTEGER NOT NULL CHECK (typeof(expires_ms) = 'integer'),
            answered_ms  INTEGER CHECK (typeof(answered_ms) IN ('integer', 'null')),
            answered_by  TEXT CHECK (typeof(answered_by) IN ('text', 'null')),
            answer_role  TEXT CHECK (typeof(answer_role) IN ('text', 'null')),
            note         TEXT CHECK (typeof(note) IN ('text', 'null')),
            for_session  INTEGER NOT NULL DEFAULT 0 CHECK (typeof(for_session) = 'integer'),
            uses_left    INTEGER NOT NULL DEFAULT 0 CHECK (typeof(uses_left) = 'integer'),
            until_ms     INTEGER CHECK (typeof(until_ms) IN ('integer', 'null')),
            most_cost    TEXT CHECK (typeof(most_cost) IN ('text', 'null')),
            cost         TEXT NOT NULL DEFAULT '0' CHECK (typeof(cost) = 'text'),
            spent        INTEGER NOT NULL DEFAULT 0 CHECK (typeof(spent) = 'integer'),
            used_ms      INTEGER CHECK (typeof(used_ms) IN ('integer', 'null')),
            announced    INTEGER NOT NULL DEFAULT 0 CHECK (announced IN (0, 1, 2))
        );

        CREATE INDEX approvals_fingerprint ON approvals (fingerprint, id);
        CREATE INDEX approvals_scope ON approvals (scope, until_ms) WHERE for_session = 1;
        CREATE INDEX approvals_agent ON approvals (agent, state, expires_ms);

        CREATE TABLE admin_tokens (
            name       TEXT PRIMARY KEY CHECK (typeof(name) = 'text'),
            role       TEXT NOT NULL CHECK (typeof(role) = 'text'),
            token_hash BLOB NOT NULL CHECK (typeof(token_hash) = 'blob'),
            created_ms INTEGER NOT NULL CHECK (typeof(created_ms) = 'integer')
        );

        CREATE TABLE overrides (
            id            TEXT PRIMARY KEY CHECK (typeof(id) = 'text'),
            agent         TEXT NOT NULL CHECK (typeof(agent) = 'text'),
            rule          TEXT NOT NULL CHECK (typeof(rule) = 'text'),
            host          TEXT CHECK (typeof(host) IN ('text', 'null')),
            code          TEXT NOT NULL CHECK (typeof(code) = 'text'),
            justification TEXT NOT NULL CHECK (typeof(justification) = 'text'),
            made_by       TEXT NOT NULL CHECK (typeof(made_by) = 'text'),
            created_ms    INTEGER NOT NULL CHECK (typeof(created_ms) = 'integer'),
            until_ms      INTEGER NOT NULL CHECK (typeof(until_ms) = 'integer'),
            ended_ms      INTEGER CHECK (typeof(ended_ms) IN ('integer', 'null'))
        );
        """,
        """
        CREATE TABLE audit_mark (
            id       INTEGER PRIMARY KEY CHECK (id = 1),
            sequence INTEGER NOT NULL CHECK (typeof(sequence) = 'integer'),
            hash     TEXT NOT NULL CHECK (typeof(hash) = 'text')
        );
        """,
        """
        CREATE TABLE agent_sessions (
            agent TEXT NOT NULL CHECK (typeof(agent) = 'text'),
            name  TEXT NOT NULL CHECK (typeof(name) = 'text'),
            state TEXT NOT NULL CHECK (typeof(state) = 'text'),
            PRIMARY KEY (agent, name)
        ) WITHOUT ROWID;
        """,
    ];
}
