using SecretsFirewall.Model;

namespace SecretsFirewall.Restraints.Sessions;

/// <summary>What a session, or an agent over all its sessions, has done. One caller at a time.</summary>
internal sealed class Tally(DateTimeOffset startedAt)
{
    /// <summary>Hosts known by name; of more, only that they are new is known.</summary>
    public const int MostHosts = 4096;

    private readonly HashSet<string> _hosts = new(StringComparer.Ordinal);

    public DateTimeOffset StartedAt { get; } = startedAt;

    public DateTimeOffset LastAt { get; private set; } = startedAt;

    public long Requests { get; private set; }

    public long RequestBytes { get; private set; }

    public long ResponseBytes { get; private set; }

    public long Tokens { get; private set; }

    public decimal Cost { get; private set; }

    /// <summary>What model calls that are under way may come to.</summary>
    public CallReserve Reserved { get; private set; }

    /// <summary>Exchanges under way.</summary>
    public int Open { get; private set; }

    public IReadOnlyCollection<string> Hosts => _hosts;

    public StoredTally State => new(StartedAt, LastAt, Requests, RequestBytes, ResponseBytes, Tokens, Cost, [.. _hosts]);

    public static Tally Of(StoredTally state)
    {
        var tally = new Tally(state.StartedAt)
        {
            LastAt = state.LastAt,
            Requests = state.Requests,
            RequestBytes = state.RequestBytes,
            ResponseBytes = state.ResponseBytes,
            Tokens = state.Tokens,
            Cost = state.Cost,
        };
        tally._hosts.UnionWith(state.Hosts);
        return tally;
    }

    public bool IsIdle(DateTimeOffset now, TimeSpan idle) => Open == 0 && now - LastAt > idle;

    /// <summary>Why one more request would be too much; null if it is not.</summary>
    public Refusal? Check(SessionLimits limits, string host, DateTimeOffset now) =>
        limits.Requests > 0 && Requests >= limits.Requests ? TooMuch("requests")
        : limits.Duration > TimeSpan.Zero && now - StartedAt > limits.Duration ? TooMuch("duration")
        : limits.Bytes > 0 && RequestBytes + ResponseBytes >= limits.Bytes ? TooMuch("bytes")
        : limits.Hosts > 0 && _hosts.Count >= limits.Hosts && !_hosts.Contains(host) ? TooMuch("hosts")
        : limits.Tokens > 0 && Tokens >= limits.Tokens ? TooMuch("tokens")
        : limits.Cost > 0 && Cost >= limits.Cost ? TooMuch("cost")
        : null;

    /// <summary>Why an exchange under way may not have as many bytes; null while it may.</summary>
    public Refusal? CheckBytes(SessionLimits limits, long bytes) => RequestBytes + ResponseBytes + bytes > limits.Bytes ? TooMuch("bytes") : null;

    /// <summary>Why one more model call would be too much, those under way counted as they are estimated; null if it is not.</summary>
    public Refusal? CheckCall(SessionLimits limits) =>
        limits.Tokens > 0 && Tokens + Reserved.Tokens >= limits.Tokens ? TooMuch("tokens")
        : limits.Cost > 0 && Cost + Reserved.Cost >= limits.Cost ? TooMuch("cost")
        : null;

    public void Begin(string host, DateTimeOffset now)
    {
        Requests++;
        Open++;
        LastAt = now;
        if (_hosts.Count < MostHosts)
        {
            _hosts.Add(host);
        }
    }

    public void End(long requestBytes, long responseBytes, DateTimeOffset now)
    {
        Open--;
        RequestBytes += requestBytes;
        ResponseBytes += responseBytes;
        LastAt = now > LastAt ? now : LastAt;
    }

    public void Reserve(in CallReserve more) => Reserved = new CallReserve(Reserved.Tokens + more.Tokens, Reserved.Cost + more.Cost);

    /// <summary>A model call is over: what was reserved for it goes, what it came to counts.</summary>
    public void Use(in CallReserve reserved, long tokens, decimal cost)
    {
        Reserve(new CallReserve(-reserved.Tokens, -reserved.Cost));
        Tokens += tokens;
        Cost += cost;
    }

    private static Refusal TooMuch(string limit) => new(
        RefusalCode.ScopeExceeded, "This session has done as much as a session may.", Rule: $"limits.session.{limit}",
        Advice: "It ends by itself when it is idle for session.idle. The operator sees it with `sfw sessions`, and ends it with `sfw sessions end`.");
}
