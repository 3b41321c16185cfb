using System.Text.Json;

namespace SecretsFirewall.Policy.Bundles;

/// <summary>
/// Which keys are trusted for what: a version of it leads to the next one, which the old and the new root keys sign. The first one is trusted
/// because the operator says so, out of band. Nothing in a bundle adds to it.
/// </summary>
internal sealed class TrustRoot
{
    private static readonly (KeyAlgorithm Algorithm, string Word)[] Algorithms =
        [(KeyAlgorithm.EcdsaP256, "ecdsa-p256"), (KeyAlgorithm.SshEcdsaP256, "ssh-ecdsa-p256"), (KeyAlgorithm.SshEd25519, "ssh-ed25519")];

    private TrustRoot(int version, DateTimeOffset issuedAt, IReadOnlyList<TrustedKey> keys, TrustRole root, TrustRole policy, string sha256)
    {
        Version = version;
        IssuedAt = issuedAt;
        Keys = keys;
        Root = root;
        Policy = policy;
        Sha256 = sha256;
    }

    public int Version { get; }

    public DateTimeOffset IssuedAt { get; }

    public IReadOnlyList<TrustedKey> Keys { get; }

    /// <summary>Signs the next root.</summary>
    public TrustRole Root { get; }

    /// <summary>Signs bundles.</summary>
    public TrustRole Policy { get; }

    public string Sha256 { get; }

    public static string Word(KeyAlgorithm algorithm) => Algorithms.First(one => one.Algorithm == algorithm).Word;

    /// <summary>Reads a root that was accepted before: signed by its own root keys, whatever the time.</summary>
    public static TrustRoot? Read(ReadOnlySpan<byte> file, out BundleRefusal? refusal) => Read(file, null, DateTimeOffset.MinValue, out refusal);

    /// <summary>Reads the root that follows <paramref name="current"/>; the first one if there is none.</summary>
    public static TrustRoot? Follow(TrustRoot? current, ReadOnlySpan<byte> file, DateTimeOffset now, out BundleRefusal? refusal)
    {
        if (Read(file, current, now, out refusal) is not { } next)
        {
            return null;
        }

        if (current is null || next.Version == current.Version + 1)
        {
            return next;
        }

        refusal = new(BundleFault.Older, $"The root is version {next.Version}; the one in force is {current.Version}, and each follows the one before.");
        return null;
    }

    /// <summary>The payload of a root with these keys. What is wrong with it, <see cref="Read(ReadOnlySpan{byte}, out BundleRefusal?)"/> says.</summary>
    public static byte[] Write(int version, DateTimeOffset issuedAt, TrustRole root, TrustRole policy) => JsonSerializer.SerializeToUtf8Bytes(
        new RootDocument
        {
            Schema = RootDocument.Format,
            Version = version,
            IssuedAt = issuedAt,
            Keys = [.. root.Keys.Concat(policy.Keys).DistinctBy(key => key.Id).Select(Write)],
            Root = new RoleDocument { Threshold = root.Threshold, Keys = [.. root.Keys.Select(key => key.Name)] },
            Policy = new RoleDocument { Threshold = policy.Threshold, Keys = [.. policy.Keys.Select(key => key.Name)] },
        },
        BundleJson.Default.RootDocument);

    private static TrustRoot? Read(ReadOnlySpan<byte> file, TrustRoot? current, DateTimeOffset now, out BundleRefusal? refusal)
    {
        if (Envelope.Read(file, Envelope.RootType, out refusal) is not { } envelope)
        {
            return null;
        }

        // A root is signed by keys that it names itself, so it is read before it is verified; nothing of it is used until then.
        if (Compile(envelope) is not { } root)
        {
            refusal = new(BundleFault.Malformed, "The root of trust names no keys in the way that it should.");
            return null;
        }

        IReadOnlyList<TrustRole> roles = current is null ? [root.Root] : [root.Root, current.Root];
        refusal = SignatureCheck.Check(envelope, roles, now);
        return refusal is null ? root : null;
    }

    private static TrustRoot? Compile(Envelope envelope)
    {
        RootDocument? document;
        try
        {
            document = JsonSerializer.Deserialize(envelope.Payload, BundleJson.Default.RootDocument);
        }
        catch (JsonException)
        {
            return null;
        }

        if (document is null || document.Schema != RootDocument.Format || document.Version < 1)
        {
            return null;
        }

        var keys = document.Keys.Select(Compile).OfType<TrustedKey>().ToList();
        return keys.Count == document.Keys.Length
            && keys.DistinctBy(key => key.Id).Count() == keys.Count
            && keys.DistinctBy(key => key.Name).Count() == keys.Count
            && Compile("root", document.Root, keys) is { } root
            && Compile("policy", document.Policy, keys) is { } policy
            ? new TrustRoot(document.Version, document.IssuedAt, keys, root, policy, envelope.Sha256)
            : null;
    }

    private static TrustRole? Compile(string name, RoleDocument document, List<TrustedKey> keys)
    {
        var named = document.Keys.Select(one => keys.Find(key => key.Name == one)).OfType<TrustedKey>().Distinct().ToList();
        return named.Count == document.Keys.Length && document.Threshold >= 1 && document.Threshold <= named.Count ? new TrustRole(name, document.Threshold, named) : null;
    }

    private static TrustedKey? Compile(KeyDocument document)
    {
        var bytes = new byte[document.PublicKey.Length];
        var algorithm = Array.FindIndex(Algorithms, one => one.Word == document.Alg);
        return algorithm >= 0 && document.Name.Length is > 0 and <= 64 && Convert.TryFromBase64String(document.PublicKey, bytes, out var length)
            ? TrustedKey.TryCreate(document.Name, Algorithms[algorithm].Algorithm, bytes[..length], document.ExpiresAt)
            : null;
    }

    private static KeyDocument Write(TrustedKey key) => new()
    {
        Name = key.Name,
        Alg = Word(key.Algorithm),
        PublicKey = Convert.ToBase64String(key.PublicKey),
        ExpiresAt = key.ExpiresAt,
    };
}
