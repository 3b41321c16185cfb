namespace SecretsFirewall.Policy.Bundles;

/// <summary>The payload of a root of trust: which keys there are, and what each may sign.</summary>
internal sealed record RootDocument
{
    public const string Format = "policy-root/v1";

    public required string Schema { get; init; }

    /// <summary>Counts up by one with every change.</summary>
    public required int Version { get; init; }

    public required DateTimeOffset IssuedAt { get; init; }

    public required KeyDocument[] Keys { get; init; }

    /// <summary>Who may change this document.</summary>
    public required RoleDocument Root { get; init; }

    /// <summary>Who may sign policies.</summary>
    public required RoleDocument Policy { get; init; }
}

internal sealed record KeyDocument
{
    public required string Name { get; init; }

    /// <summary><c>ecdsa-p256</c>, <c>ssh-ecdsa-p256</c> or <c>ssh-ed25519</c>.</summary>
    public required string Alg { get; init; }

    /// <summary>DER SubjectPublicKeyInfo in base64; the key's id is its SHA-256.</summary>
    public required string PublicKey { get; init; }

    public DateTimeOffset? ExpiresAt { get; init; }
}

internal sealed record RoleDocument
{
    public required int Threshold { get; init; }

    /// <summary>Names of keys.</summary>
    public required string[] Keys { get; init; }
}
