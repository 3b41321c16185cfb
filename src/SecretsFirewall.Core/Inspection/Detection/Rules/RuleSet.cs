using System.Collections.Frozen;
using System.Collections.Immutable;

namespace SecretsFirewall.Inspection.Detection.Rules;

/// <summary>Rules that were loaded together: every id once, every example checked. Immutable.</summary>
public sealed class RuleSet
{
    private readonly FrozenDictionary<string, DetectionRule> _byId;

    internal RuleSet(IEnumerable<DetectionRule> rules)
    {
        Rules = [.. rules.OrderBy(rule => rule.Id, StringComparer.Ordinal)];
        _byId = Rules.ToFrozenDictionary(rule => rule.Id, StringComparer.Ordinal);
        MaxLength = Rules.Select(rule => rule.MaxLength).DefaultIfEmpty().Max();
        LookBehind = Rules.Select(rule => rule.LookBehind).DefaultIfEmpty().Max();
        Reach = Rules.Select(rule => rule.Reach).DefaultIfEmpty().Max();
    }

    /// <summary>By id.</summary>
    public ImmutableArray<DetectionRule> Rules { get; }

    /// <summary>Those that are on without anybody asking for them.</summary>
    public IEnumerable<DetectionRule> Enabled => Rules.Where(rule => rule.Description.IsEnabled);

    /// <summary>The longest finding of any rule.</summary>
    public int MaxLength { get; }

    /// <summary>The most that any rule reads before a literal.</summary>
    public int LookBehind { get; }

    /// <summary>The most that any rule reads from a literal's first byte on.</summary>
    public int Reach { get; }

    public DetectionRule? Find(string id) => _byId.GetValueOrDefault(id);
}
