using System.Collections.Frozen;
using System.Collections.Immutable;

namespace SecretsFirewall.Inspection.Detection.Rules;

/// <summary>Which rules' secrets are at home at which hosts. Immutable, safe for any number of threads.</summary>
public sealed class RuleAudiences
{
    // A name, an assignment and quotes before the value.
    private const int MostBefore = 96;

    private readonly FrozenDictionary<string, DetectionRule> _byId;
    private readonly FrozenDictionary<string, ImmutableArray<DetectionRule>> _byHost;
    private readonly FrozenDictionary<string, ImmutableArray<DetectionRule>> _byDomain;

    /// <param name="more">By a rule's id, further hosts, or <c>*.</c> and a domain.</param>
    public RuleAudiences(IReadOnlyList<DetectionRule> rules, IReadOnlyDictionary<string, ImmutableArray<string>> more)
    {
        _byId = rules.ToFrozenDictionary(rule => rule.Id, StringComparer.Ordinal);
        var homes = rules.SelectMany(rule => rule.Description.Audience.Concat(more.GetValueOrDefault(rule.Id, [])).Select(host => (Host: host, Rule: rule))).ToList();
        _byHost = Index(homes.Where(home => !IsDomain(home.Host)));
        _byDomain = Index(homes.Where(home => IsDomain(home.Host)).Select(home => (home.Host[RuleDescription.AnySubdomain.Length..], home.Rule)));
    }

    /// <summary>For where no rule is known.</summary>
    public static RuleAudiences None { get; } = new([], FrozenDictionary<string, ImmutableArray<string>>.Empty);

    public DetectionRule? Find(string id) => _byId.GetValueOrDefault(id);

    /// <summary>The rules whose secrets are at home at <paramref name="host"/>, which is normalised.</summary>
    public IEnumerable<DetectionRule> RulesAt(string host)
    {
        IEnumerable<DetectionRule> rules = _byHost.GetValueOrDefault(host, []);
        for (var domain = host; domain.Length > 0; domain = domain[(domain + '.').IndexOf('.')..].TrimStart('.'))
        {
            rules = rules.Concat(_byDomain.GetValueOrDefault(domain, []));
        }

        return rules;
    }

    /// <summary>
    /// True if a rule whose secrets are at home at <paramref name="host"/> finds all of the range: several providers may have one format,
    /// and only one of their rules can have named the finding.
    /// </summary>
    /// <param name="host">Normalised.</param>
    /// <param name="text">Holds the range, and before it the name that it was given, where it has one.</param>
    /// <param name="inPath">Only rules whose secrets stand in the path of a URL.</param>
    public bool IsAtHome(string host, ReadOnlySpan<byte> text, int start, int length, bool inPath)
    {
        if (_byHost.TryGetValue(host, out var rules) && AnyFinds(rules, text, start, length, inPath))
        {
            return true;
        }

        var byDomain = _byDomain.GetAlternateLookup<ReadOnlySpan<char>>();
        for (var domain = host.AsSpan(); ; domain = domain[(domain.IndexOf('.') + 1)..])
        {
            if (byDomain.TryGetValue(domain, out rules) && AnyFinds(rules, text, start, length, inPath))
            {
                return true;
            }

            if (!domain.Contains('.'))
            {
                return false;
            }
        }
    }

    private static bool IsDomain(string host) => host.StartsWith(RuleDescription.AnySubdomain, StringComparison.Ordinal);

    private static FrozenDictionary<string, ImmutableArray<DetectionRule>> Index(IEnumerable<(string Host, DetectionRule Rule)> homes) =>
        homes.GroupBy(home => home.Host, home => home.Rule, StringComparer.Ordinal)
            .ToFrozenDictionary(group => group.Key, group => group.ToImmutableArray(), StringComparer.Ordinal);

    private static bool AnyFinds(ImmutableArray<DetectionRule> rules, ReadOnlySpan<byte> text, int start, int length, bool inPath)
    {
        foreach (var rule in rules)
        {
            if ((!inPath || rule.Description.IsInPath) && Finds(rule, text, start, length))
            {
                return true;
            }
        }

        return false;
    }

    private static bool Finds(DetectionRule rule, ReadOnlySpan<byte> text, int start, int length)
    {
        for (var at = Math.Max(0, start - MostBefore); at < start + length; at++)
        {
            if (rule.Matches(text, at, out var first, out var found, out _) && first <= start && first + found >= start + length)
            {
                return true;
            }
        }

        return false;
    }
}
