using Microsoft.Data.Sqlite;
using SecretsFirewall.Bundles;
using SecretsFirewall.Policy.Bundles;

namespace SecretsFirewall.Storage;

/// <summary>Accepted bundles and the root of trust, each with its document in one row.</summary>
internal sealed class BundleTable(SqliteSession session) : IBundleStore
{
    private const string Bundle = "bundle";
    private const string Root = "root";

    public IReadOnlyList<StoredDocument>? LoadBundles() => Load(Bundle);

    public StoredDocument? LoadRoot(out bool done)
    {
        var roots = Load(Root);
        done = roots is not null;
        return roots is { Count: > 0 } ? roots[0] : null;
    }

    public bool SaveBundle(StoredDocument bundle) => session.TryWrite((connection, transaction) =>
    {
        if (bundle.Version.InForce)
        {
            connection.Execute("UPDATE signed_documents SET in_force = 0, document = x'' WHERE kind = $kind", transaction, ("$kind", Bundle));
        }

        Save(connection, transaction, Bundle, bundle);
    });

    public bool SaveRoot(StoredDocument root) => session.TryWrite((connection, transaction) => Save(connection, transaction, Root, root));

    private List<StoredDocument>? Load(string kind)
    {
        List<(string Kind, StoredDocument Document)>? rows = null;
        var done = session.TryRun(connection => rows = connection.Query(
            "SELECT kind, name, version, sha256, issued_ms, accepted_ms, in_force, document FROM signed_documents",
            static row => (row.GetString(0), new StoredDocument(
                new AcceptedVersion(row.GetString(1), row.GetInt32(2), row.GetString(3), row.GetTime(4), row.GetTime(5), row.GetInt64(6) != 0), row.GetBlob(7)))));
        return done ? [.. rows!.Where(row => row.Kind == kind).Select(row => row.Document)] : null;
    }

    private static void Save(SqliteConnection connection, SqliteTransaction transaction, string kind, StoredDocument stored) => connection.Execute(
        "INSERT OR REPLACE INTO signed_documents (kind, name, version, sha256, issued_ms, accepted_ms, in_force, document) VALUES ($kind, $name, $version, $sha256, $issued, $accepted, $in_force, $document)",
        transaction,
        ("$kind", kind),
        ("$name", stored.Version.Name),
        ("$version", stored.Version.Version),
        ("$sha256", stored.Version.Sha256),
        ("$issued", stored.Version.IssuedAt.ToUnixTimeMilliseconds()),
        ("$accepted", stored.Version.AcceptedAt.ToUnixTimeMilliseconds()),
        ("$in_force", stored.Version.InForce ? 1L : 0L),
        ("$document", stored.Document));
}
