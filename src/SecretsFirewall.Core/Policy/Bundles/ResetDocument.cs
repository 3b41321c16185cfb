namespace SecretsFirewall.Policy.Bundles;

/// <summary>The payload of a reset: see <see cref="VersionReset"/>.</summary>
internal sealed record ResetDocument
{
    public const string Format = "policy-reset/v1";

    public required string Schema { get; init; }

    /// <summary>The bundle's name.</summary>
    public required string Name { get; init; }

    /// <summary>SHA-256 of the payload that is left, in hex.</summary>
    public required string FromSha256 { get; init; }

    /// <summary>The lowest version that may follow.</summary>
    public required int Floor { get; init; }

    public required DateTimeOffset ExpiresAt { get; init; }
}
