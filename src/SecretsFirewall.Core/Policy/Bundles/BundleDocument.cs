namespace SecretsFirewall.Policy.Bundles;

/// <summary>The payload of a bundle: what it is, and the files of the policy as text.</summary>
internal sealed record BundleDocument
{
    /// <summary>The only format there is; a payload in another one is refused.</summary>
    public const string Format = "policy-bundle/v1";

    public required BundleManifest Manifest { get; init; }

    /// <summary>Path → text. The manifest's list must name exactly these.</summary>
    public required Dictionary<string, string> Contents { get; init; }
}

/// <summary>What a bundle says of itself.</summary>
internal sealed record BundleManifest
{
    public required string Schema { get; init; }

    public required string Name { get; init; }

    /// <summary>For whom it is: names of installations (<c>bundle.audience</c>), or <c>*</c>.</summary>
    public required string[] Audience { get; init; }

    /// <summary>Counts up with every bundle of the name; a firewall never goes back.</summary>
    public required int Version { get; init; }

    public required DateTimeOffset IssuedAt { get; init; }

    public DateTimeOffset? NotBefore { get; init; }

    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>The payload's hash of the version before, in hex.</summary>
    public string? PreviousSha256 { get; init; }

    /// <summary>The oldest version of this program that understands it.</summary>
    public required string MinEngine { get; init; }

    public required BundleFile[] Files { get; init; }
}

internal sealed record BundleFile
{
    public required string Path { get; init; }

    public required string Sha256 { get; init; }

    public required int Size { get; init; }
}
