namespace SecretsFirewall.Audit;

/// <summary>Who outside of this machine keeps checkpoints. Any number of the three; none by default.</summary>
internal sealed record AnchorOptions
{
    /// <summary>A file that is appended to, on another mount.</summary>
    public string? File { get; init; }

    /// <summary>Takes each checkpoint as a POST of JSON.</summary>
    public Uri? Url { get; init; }

    /// <summary>A time-stamping authority (RFC 3161). Its answers are signed, so that HTTP will do.</summary>
    public Uri? TimestampUrl { get; init; }

    /// <summary>The least time between two for the addresses: what happened within it can be rewritten by whoever has the key. Public authorities do not want more.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromMinutes(10);
}
