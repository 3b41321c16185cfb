namespace SecretsFirewall.Model;

/// <summary>What happened to an exchange. What the audit says; policy's word is its outcome, and they differ.</summary>
public enum Verdict
{
    /// <summary>Nothing was forwarded.</summary>
    Refused = 0,

    /// <summary>Forwarded unchanged.</summary>
    Forwarded,

    /// <summary>Forwarded with values masked or references bound.</summary>
    Changed,

    /// <summary>Cut while it streamed: a finding that had to block, or a side that went away.</summary>
    Aborted,

    /// <summary>The upstream could not be reached or broke off before it answered.</summary>
    UpstreamFailed,
}

/// <summary>
/// One request with its response: the state that the rooms share while it lasts. One thread writes a property; findings may come
/// from the request and the response at once.
/// </summary>
public sealed class Exchange
{
    private readonly Lock _lock = new();
    private readonly List<Finding> _findings = [];

    public required string Id { get; init; }

    public required DateTimeOffset StartedAt { get; init; }

    public required AgentIdentity Agent { get; init; }

    public required Destination Destination { get; init; }

    public DestinationKind Kind { get; set; }

    public string Method { get; init; } = "";

    /// <summary>The path without query as the client sent it; masked before it is shown or recorded.</summary>
    public string Path { get; init; } = "";

    /// <summary>Set once, by whoever refuses first; whoever answers the client reads it.</summary>
    public Refusal? Refusal { get; private set; }

    public long RequestBytes { get; set; }

    public long ResponseBytes { get; set; }

    public IReadOnlyList<Finding> Findings
    {
        get
        {
            lock (_lock)
            {
                return [.. _findings];
            }
        }
    }

    public void Add(Finding finding)
    {
        lock (_lock)
        {
            _findings.Add(finding);
        }
    }

    /// <summary>Refuses the exchange; the first refusal stays.</summary>
    public void Refuse(Refusal refusal)
    {
        lock (_lock)
        {
            Refusal ??= refusal;
        }
    }
}
