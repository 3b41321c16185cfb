using System.Collections.Frozen;
using System.Collections.Immutable;
using SecretsFirewall.Model;

namespace SecretsFirewall.Policy.Rules;

/// <summary>
/// The redaction plan by the kind of the destination and by the day: entries that let a finding pass end. A kind that is not there blocks everything.
/// </summary>
internal sealed class RedactionTable
{
    private readonly ImmutableArray<DateTimeOffset> _ends;
    private readonly Plans[] _plans;

    public RedactionTable(
        IReadOnlyDictionary<DestinationKind, RedactionPlan> request,
        IReadOnlyDictionary<DestinationKind, RedactionPlan> response,
        ImmutableArray<IgnoredFinding> ignored)
    {
        _ends = [.. ignored.Select(one => one.End).Distinct().Order()];
        _plans = [.. _ends.Select(end => Of(request, response, ignored.Where(one => one.End >= end))), Of(request, response, [])];
    }

    public bool Captures { get; init; }

    public RedactionPlan Request(DestinationKind kind, DateTimeOffset at) => PlansAt(at).Request.GetValueOrDefault(kind, RedactionPlan.BlockAll);

    public RedactionPlan Response(DestinationKind kind, DateTimeOffset at) => PlansAt(at).Response.GetValueOrDefault(kind, RedactionPlan.BlockAll);

    private static Plans Of(
        IReadOnlyDictionary<DestinationKind, RedactionPlan> request, IReadOnlyDictionary<DestinationKind, RedactionPlan> response, IEnumerable<IgnoredFinding> ignored)
    {
        var names = ignored.Select(one => one.Fingerprint).ToFrozenSet(StringComparer.Ordinal);
        return new Plans(With(request, names), With(response, names));
    }

    private static FrozenDictionary<DestinationKind, RedactionPlan> With(IReadOnlyDictionary<DestinationKind, RedactionPlan> plans, FrozenSet<string> ignored) =>
        plans.ToFrozenDictionary(pair => pair.Key, pair => pair.Value with { Ignored = ignored });

    // The plans of the first end that has not come yet; the last ones are those without any entry.
    private Plans PlansAt(DateTimeOffset at)
    {
        var next = 0;
        while (next < _ends.Length && _ends[next] <= at)
        {
            next++;
        }

        return _plans[next];
    }

    private sealed record Plans(FrozenDictionary<DestinationKind, RedactionPlan> Request, FrozenDictionary<DestinationKind, RedactionPlan> Response);
}
