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

    /// <summary>Carried unread, since a rule of the policy says so: nobody can say what it was.</summary>
    Unverified,
}

/// <summary>How the upstream leg ended.</summary>
public enum TransferOutcome
{
    /// <summary>Nothing was sent.</summary>
    NotStarted = 0,
    Completed,
    ClientAborted,
    UpstreamAborted,
    Failed,
}

/// <summary>
/// One request with its response: the state that the rooms share while it lasts. One thread writes a property; findings may come
/// from the request and the response at once.
/// </summary>
public sealed class Exchange
{
    /// <summary>Further findings are only counted, at the location <c>*</c> and without their names: a stream without end must not fill memory with them.</summary>
    public const int MostLocatedFindings = 4096;

    private readonly Lock _lock = new();
    private readonly List<Finding> _findings = [];
    private readonly Dictionary<Finding, int> _further = [];

    public required string Id { get; init; }

    public required DateTimeOffset StartedAt { get; init; }

    public required AgentIdentity Agent { get; init; }

    /// <summary>The agent's own, or one of its names for it: one agent's <c>s1</c> has nothing to do with another's.</summary>
    public string Session
    {
        get => field ?? Agent.Session;
        init;
    }

    public required Destination Destination { get; init; }

    /// <summary>Where the client says that it belongs: trace id and parent id of its <c>traceparent</c> (W3C trace context), joined by a dash; null without a valid one.</summary>
    public string? Trace { get; init; }

    public DestinationKind Kind { get; set; }

    /// <summary>True where the policy lets this destination be on a private network.</summary>
    public bool AllowPrivate { get; set; }

    public string Method { get; init; } = "";

    /// <summary>Path and query, byte for byte as the client sent them (Latin-1); inspection replaces it by what may leave.</summary>
    public required string Target { get; set; }

    /// <summary>The path of <see cref="Target"/>, without its query.</summary>
    public string Path => Target.IndexOf('?') is var query and >= 0 ? Target[..query] : Target;

    /// <summary>Set where the client asked to go on in WebSocket frames.</summary>
    public WebSocketUpgrade? WebSocket { get; set; }

    public TransferOutcome Transfer { get; set; }

    /// <summary>Set once, by whoever refuses first; whoever answers the client reads it.</summary>
    public Refusal? Refusal { get; private set; }

    /// <summary>The failure of ours that ended the exchange, for the log: its message may hold traffic, its type and stack do not.</summary>
    public Exception? Fault { get; set; }

    public long RequestBytes { get; set; }

    public long ResponseBytes { get; set; }

    /// <summary>Told of each finding as soon as it is added, before anything is done about it, on the thread that found it.</summary>
    public event Action<Finding>? Found;

    public IReadOnlyList<Finding> Findings
    {
        get
        {
            lock (_lock)
            {
                return [.. _findings, .. _further.Select(static pair => pair.Key with { Count = pair.Value })];
            }
        }
    }

    public void Add(Finding finding)
    {
        lock (_lock)
        {
            if (_findings.Count < MostLocatedFindings)
            {
                _findings.Add(finding);
            }
            else
            {
                var unplaced = finding with { Location = "*", Name = default };
                _further[unplaced] = _further.GetValueOrDefault(unplaced) + 1;
            }
        }

        Found?.Invoke(finding);
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
