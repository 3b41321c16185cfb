using SecretsFirewall.Audit;
using SecretsFirewall.Model;

namespace SecretsFirewall.Cli.Traces;

/// <summary>Something by which the session was let do what it did, and what it did by it.</summary>
/// <param name="Grant"><c>rule NAME</c>, <c>binding NAME</c>, <c>approval ID</c>, <c>override ID</c>, <c>tool rule NAME</c>.</param>
/// <param name="Allows">What that lets pass, as the policy of the time says it; empty where it is not kept.</param>
/// <param name="Used">What it was used for, each with how often.</param>
internal sealed record TraceGrant(string Grant, string Allows, long Times, IReadOnlyDictionary<string, long> Used);

/// <summary>Sums over a session.</summary>
/// <param name="Cost">By currency, as decimal text.</param>
internal sealed record TraceTotals(
    long Requests,
    long Refused,
    long ToolCalls,
    long Withheld,
    long Masked,
    long RequestBytes,
    long ResponseBytes,
    long InputTokens,
    long OutputTokens,
    IReadOnlyDictionary<string, decimal> Cost,
    IReadOnlyList<string> Hosts);

/// <summary>Gathers what a session was granted and what it used of that, record by record.</summary>
/// <param name="allows">What a rule of a policy lets pass; null where that is not known.</param>
internal sealed class TraceScope(Func<AuditBundle?, string, string?> allows)
{
    // What a person reads; the totals count everything.
    private const int MostUses = 16;

    private const string More = "more";

    private readonly SortedDictionary<string, Grant> _grants = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _hosts = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, decimal> _cost = new(StringComparer.Ordinal);
    private long _requests;
    private long _refused;
    private long _toolCalls;
    private long _withheld;
    private long _masked;
    private long _requestBytes;
    private long _responseBytes;
    private TokenUsage _tokens;

    /// <summary>Something passed, or was let pass.</summary>
    public void Left(AuditRecord record, string what)
    {
        if (record.Rule is { } rule)
        {
            Use($"rule {rule}", allows(record.Bundle, rule), what);
        }

        if (record.Approval is { Id.Length: > 0 } approval)
        {
            var by = approval.By is { } person ? $"by {person}" : "";
            Use($"{(approval.Trust is null ? "approval" : "override")} {approval.Id}", $"{by}{(approval.Role is { } role ? $" ({role})" : "")}".Trim(), what);
        }

        _hosts.UnionWith(record.Destination is { } destination ? [destination.Host] : []);
    }

    public void Called(AuditRecord record, AuditTool tool, bool withheld)
    {
        _toolCalls += withheld ? 0 : tool.Count;
        _withheld += withheld ? tool.Count : 0;
        if (!withheld)
        {
            Use($"tool rule {tool.Rule}", allows(record.Bundle, tool.Rule), tool.Name, tool.Count);
        }
    }

    public void Ended(AuditRecord record)
    {
        _requests++;
        _refused += record.Verdict is Verdict.Refused ? 1 : 0;
        _requestBytes += record.RequestBytes ?? 0;
        _responseBytes += record.ResponseBytes ?? 0;
        _tokens += record.Usage?.Tokens ?? default;
        if (record.Cost is { Amount: { } amount, Currency: { } currency } && decimal.TryParse(amount, System.Globalization.CultureInfo.InvariantCulture, out var money))
        {
            _cost[currency] = _cost.GetValueOrDefault(currency) + money;
        }

        foreach (var finding in record.Findings)
        {
            _masked += finding.Action is FindingAction.Mask ? finding.Count : 0;
            if (finding.Action is FindingAction.Bind)
            {
                Use($"binding {finding.Name ?? finding.Rule}", null, $"{record.Destination?.HostAndPort} {finding.Location}", finding.Count);
            }
        }
    }

    public IReadOnlyList<TraceGrant> Grants => [.. _grants.Select(static one => new TraceGrant(one.Key, one.Value.Allows, one.Value.Times, one.Value.Used))];

    public TraceTotals Totals => new(
        _requests, _refused, _toolCalls, _withheld, _masked, _requestBytes, _responseBytes, _tokens.Input + _tokens.CacheRead + _tokens.CacheWrite, _tokens.Output, _cost, [.. _hosts]);

    private void Use(string grant, string? allowed, string what, long times = 1)
    {
        if (!_grants.TryGetValue(grant, out var known))
        {
            _grants.Add(grant, known = new Grant(allowed ?? ""));
        }

        known.Times += times;
        var use = known.Used.Count < MostUses || known.Used.ContainsKey(what) ? what : More;
        known.Used[use] = known.Used.GetValueOrDefault(use) + times;
    }

    private sealed class Grant(string allows)
    {
        public string Allows => allows;

        public long Times { get; set; }

        public SortedDictionary<string, long> Used { get; } = new(StringComparer.Ordinal);
    }
}
