using SecretsFirewall.Model;

namespace SecretsFirewall.Restraints.Sessions;

/// <summary>What was seen of an agent, in its order. It only grows. One caller at a time.</summary>
internal sealed class RiskRecord
{
    private readonly Dictionary<string, SeenSignal> _seen = new(StringComparer.Ordinal);
    private long _refusals;

    /// <summary>0 to 100.</summary>
    public int Score { get; private set; }

    public long Refusals => _refusals;

    public IReadOnlyList<SeenSignal> Seen => [.. _seen.Values.OrderBy(static one => one.FirstAt).ThenBy(static one => one.Id, StringComparer.Ordinal)];

    /// <summary>What was seen before a restart.</summary>
    public void Restore(IReadOnlyList<SeenSignal> seen, long refusals)
    {
        _refusals = refusals;
        foreach (var one in seen)
        {
            _seen[one.Id] = one;
            Score = Math.Max(Score, one.Weight);
        }
    }

    public void Raise(RiskSignal signal, DateTimeOffset at)
    {
        _seen[signal.Id] = _seen.TryGetValue(signal.Id, out var seen) ? seen with { Count = seen.Count + 1 } : new SeenSignal(signal.Id, signal.Weight, 1, at);
        Score = Math.Max(Score, signal.Weight);
    }

    /// <summary>What going to a host says, which the agent was never at.</summary>
    public RiskSignal? OfNewHost(DestinationKind kind) => kind switch
    {
        DestinationKind.Other => Has(RiskSignal.SecretBlocked) ? RiskSignal.BlockedThenNewHost : HasSecret ? RiskSignal.SecretThenNewHost : null,
        DestinationKind.Tool => HasSecret ? RiskSignal.SecretThenNewTool : null,
        _ => null,
    };

    /// <summary>What one more refusal says.</summary>
    public RiskSignal? OfRefusal() => ++_refusals switch
    {
        20 => RiskSignal.Refused,
        100 => RiskSignal.Persistent,
        _ => null,
    };

    private bool HasSecret => Has(RiskSignal.SecretRead) || Has(RiskSignal.ValueSent) || Has(RiskSignal.SecretBlocked);

    private bool Has(RiskSignal signal) => _seen.ContainsKey(signal.Id);
}
