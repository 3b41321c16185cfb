using SecretsFirewall.Model;

namespace SecretsFirewall.Audit;

/// <summary>Findings of one kind at one place, counted.</summary>
/// <param name="Location">A header's name, a JSON pointer, a query key or <c>@offset</c>; never a value.</param>
/// <param name="Fingerprint">A keyed hash that tells values apart without telling them, where there is one.</param>
internal sealed record AuditFinding(string Rule, Carrier Carrier, string Location, int Count, FindingAction Action, string? Name = null, string? Fingerprint = null)
{
    // A body full of one value at a thousand places is one fact; the count says how many.
    private const int MostPlaces = 32;

    /// <summary>Joins equal findings; beyond 32 different ones, the rest is counted per rule, carrier and action, at <c>*</c>: names, too, may be made up by the thousand.</summary>
    public static IReadOnlyList<AuditFinding> Aggregate(IReadOnlyCollection<Finding> findings)
    {
        if (findings.Count == 0)
        {
            return [];
        }

        var counted = findings
            .AggregateBy(
                static f => new AuditFinding(f.Rule, f.Carrier, f.Location, 0, f.Action, f.Name.Value.Length == 0 ? null : f.Name.Value),
                0,
                static (count, f) => count + f.Count)
            .Select(static pair => pair.Key with { Count = pair.Value })
            .ToList();
        return counted.Count <= MostPlaces
            ? counted
            : [.. counted.Take(MostPlaces), .. counted.Skip(MostPlaces)
                .GroupBy(static f => f with { Location = "*", Count = 0, Name = null })
                .Select(static group => group.Key with { Count = group.Sum(static f => f.Count) })];
    }
}
