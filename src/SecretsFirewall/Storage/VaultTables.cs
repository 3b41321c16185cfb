using Microsoft.Data.Sqlite;
using SecretsFirewall.Model;
using SecretsFirewall.Vault;

namespace SecretsFirewall.Storage;

/// <summary>The vault's rows. A row that cannot be what the vault wrote (a name that is none) makes the whole unreadable.</summary>
internal sealed class VaultTables(SqliteSession session) : IVaultStore
{
    public VaultContent? Load()
    {
        VaultContent? content = null;
        var done = session.TryRun(connection =>
        {
            var keys = connection.Query("SELECT wrapped FROM vault_key", static row => row.GetBlob(0));
            var secrets = connection.Query("SELECT name, version, sealed, weak, created_ms, changed_ms, use FROM secrets", ReadSecret);
            var oldValues = connection.Query("SELECT name, version, sealed, active_ms, retired_ms, expires_ms FROM old_values", ReadOldValue);
            var bindings = connection.Query(
                "SELECT id, secret, agent, host, port, methods, path_prefix, place, key, format, max_occurrences, seal FROM bindings", ReadBinding);
            content = secrets.Contains(null) || bindings.Contains(null) || oldValues.Contains(null)
                ? null
                : new VaultContent(keys.SingleOrDefault(), secrets!, bindings!, oldValues!);
        });
        return done ? content : null;
    }

    public bool SaveDataKey(byte[] wrapped) => session.TryWrite((connection, transaction) =>
        connection.Execute("INSERT INTO vault_key (id, wrapped) VALUES (1, $wrapped)", transaction, ("$wrapped", wrapped)));

    public bool SaveSecrets(IReadOnlyList<StoredSecret> secrets) => session.TryWrite((connection, transaction) =>
    {
        foreach (var secret in secrets)
        {
            Save(connection, transaction, secret);
        }
    });

    public bool SaveRotation(StoredSecret secret, IReadOnlyList<StoredOldValue> oldValues) => session.TryWrite((connection, transaction) =>
    {
        Save(connection, transaction, secret);
        connection.Execute("DELETE FROM old_values WHERE name = $name", transaction, ("$name", secret.Name.Value));
        foreach (var old in oldValues)
        {
            connection.Execute(
                """
                INSERT INTO old_values (name, version, sealed, active_ms, retired_ms, expires_ms)
                VALUES ($name, $version, $sealed, $active, $retired, $expires)
                """,
                transaction,
                ("$name", old.Name.Value),
                ("$version", old.Version),
                ("$sealed", old.Sealed),
                ("$active", old.ActiveSince.ToUnixTimeMilliseconds()),
                ("$retired", old.RetiredAt.ToUnixTimeMilliseconds()),
                ("$expires", old.ExpiresAt.ToUnixTimeMilliseconds()));
        }
    });

    public bool DeleteOldValues(SecretName name, DateTimeOffset until) => session.TryWrite((connection, transaction) => connection.Execute(
        "DELETE FROM old_values WHERE name = $name AND expires_ms <= $until",
        transaction,
        ("$name", name.Value),
        ("$until", until.ToUnixTimeMilliseconds())));

    public bool DeleteSecret(SecretName name) => session.TryWrite((connection, transaction) =>
        connection.Execute("DELETE FROM secrets WHERE name = $name", transaction, ("$name", name.Value)));

    public bool SaveBinding(StoredBinding binding) => session.TryWrite((connection, transaction) =>
        connection.Execute(
            """
            INSERT INTO bindings (id, secret, agent, host, port, methods, path_prefix, place, key, format, max_occurrences, seal)
            VALUES ($id, $secret, $agent, $host, $port, $methods, $path, $place, $key, $format, $max, $seal)
            """,
            transaction,
            ("$id", binding.Binding.Id),
            ("$secret", binding.Binding.Secret.Value),
            ("$agent", binding.Binding.Agent),
            ("$host", binding.Binding.Host),
            ("$port", binding.Binding.Port),
            ("$methods", string.Join(' ', binding.Binding.Methods)),
            ("$path", binding.Binding.PathPrefix),
            ("$place", PlaceText(binding.Binding.Place)),
            ("$key", binding.Binding.Key),
            ("$format", binding.Binding.Format),
            ("$max", binding.Binding.MaxOccurrences),
            ("$seal", binding.Seal)));

    public bool DeleteBinding(string id) => session.TryWrite((connection, transaction) =>
        connection.Execute("DELETE FROM bindings WHERE id = $id", transaction, ("$id", id)));

    // Not INSERT OR REPLACE: that deletes first, and the deletion would take the bindings along.
    private static void Save(SqliteConnection connection, SqliteTransaction transaction, StoredSecret secret) => connection.Execute(
        """
        INSERT INTO secrets (name, version, sealed, weak, created_ms, changed_ms, use)
        VALUES ($name, $version, $sealed, $weak, $created, $changed, $use)
        ON CONFLICT (name) DO UPDATE SET version = $version, sealed = $sealed, weak = $weak, changed_ms = $changed, use = $use
        """,
        transaction,
        ("$name", secret.Name.Value),
        ("$version", secret.Version),
        ("$sealed", secret.Sealed),
        ("$weak", secret.Weak ? 1 : 0),
        ("$created", secret.CreatedAt.ToUnixTimeMilliseconds()),
        ("$changed", secret.ChangedAt.ToUnixTimeMilliseconds()),
        ("$use", UseText(secret.Use)));

    private static StoredSecret? ReadSecret(SqliteDataReader row) =>
        SecretName.TryCreate(row.GetString(0), out var name) && UseOf(row.GetString(6)) is { } use
            ? new StoredSecret(name, row.GetInt64(1), row.GetBlob(2), row.GetInt64(3) != 0, row.GetTime(4), row.GetTime(5), use)
            : null;

    private static StoredOldValue? ReadOldValue(SqliteDataReader row) =>
        SecretName.TryCreate(row.GetString(0), out var name)
            ? new StoredOldValue(name, row.GetInt64(1), row.GetBlob(2), row.GetTime(3), row.GetTime(4), row.GetTime(5))
            : null;

    private static StoredBinding? ReadBinding(SqliteDataReader row)
    {
        if (!SecretName.TryCreate(row.GetString(1), out var secret) || PlaceOf(row.GetString(7)) is not { } place)
        {
            return null;
        }

        var binding = new SecretBinding(
            row.GetString(0),
            secret,
            row.GetStringOrNull(2),
            row.GetString(3),
            row.GetInt32(4),
            row.GetString(5).Split(' ', StringSplitOptions.RemoveEmptyEntries),
            row.GetStringOrNull(6),
            place,
            row.GetString(8),
            row.GetString(9),
            row.GetInt32(10));
        return new StoredBinding(binding, row.GetBlob(11));
    }

    private static string UseText(SecretUse use) => use switch
    {
        SecretUse.Secret => "secret",
        SecretUse.Canary => "canary",
        SecretUse.KillingCanary => "killing_canary",
        _ => throw new ArgumentOutOfRangeException(nameof(use)),
    };

    private static SecretUse? UseOf(string text) => text switch
    {
        "secret" => SecretUse.Secret,
        "canary" => SecretUse.Canary,
        "killing_canary" => SecretUse.KillingCanary,
        _ => null,
    };

    private static string PlaceText(BindingPlace place) => place switch
    {
        BindingPlace.Header => "header",
        BindingPlace.Query => "query",
        BindingPlace.Json => "json",
        BindingPlace.Form => "form",
        BindingPlace.SigV4 => "sigv4",
        _ => throw new ArgumentOutOfRangeException(nameof(place)),
    };

    private static BindingPlace? PlaceOf(string text) => text switch
    {
        "header" => BindingPlace.Header,
        "query" => BindingPlace.Query,
        "json" => BindingPlace.Json,
        "form" => BindingPlace.Form,
        "sigv4" => BindingPlace.SigV4,
        _ => null,
    };
}
