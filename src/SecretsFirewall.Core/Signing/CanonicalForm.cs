namespace SecretsFirewall.Signing;

/// <summary>
/// How a signer writes the path. Services differ, and nothing in a request says which it is: S3 takes the path as it is sent, the others
/// encode it once more, and some signers bring it into one spelling first.
/// </summary>
public enum PathForm
{
    /// <summary>As it is sent.</summary>
    AsSent = 0,

    /// <summary>What is sent, encoded once more.</summary>
    Encoded,

    /// <summary>Decoded, then encoded as the specification says.</summary>
    Strict,

    /// <summary>That, encoded once more.</summary>
    StrictEncoded,

    /// <summary>Runs of slashes as one, then encoded once more.</summary>
    CollapsedEncoded,
}

/// <summary>How a signer writes the query.</summary>
public enum QueryForm
{
    /// <summary>Its pairs as they are sent, sorted.</summary>
    Sorted = 0,

    /// <summary>Names and values decoded, encoded as the specification says, sorted.</summary>
    Strict,
}

/// <summary>One way to write a request for signing.</summary>
public readonly record struct CanonicalForm(PathForm Path, QueryForm Query)
{
    /// <summary>All of them, the usual ones first.</summary>
    public static IReadOnlyList<CanonicalForm> All { get; } =
        [.. from query in Enum.GetValues<QueryForm>() from path in Enum.GetValues<PathForm>() select new CanonicalForm(path, query)];
}
