using System.Collections.Frozen;
using System.Collections.Immutable;

namespace SecretsFirewall.Policy;

/// <summary>What a policy says about which detection rules are looked for, and where what they find is at home.</summary>
public sealed record DetectionChoices
{
    /// <summary>Ids of rules that are looked for although they are shipped off.</summary>
    public FrozenSet<string> On { get; init; } = FrozenSet<string>.Empty;

    /// <summary>Ids of rules that nobody looks for.</summary>
    public FrozenSet<string> Off { get; init; } = FrozenSet<string>.Empty;

    /// <summary>True if a secret in a place of authentication toward its audience is no leak.</summary>
    public bool PassesAudience { get; init; }

    /// <summary>By a rule's id, hosts (or <c>*.</c> and a domain) at which its secrets are at home beside those of the rule itself.</summary>
    public FrozenDictionary<string, ImmutableArray<string>> Audience { get; init; } = FrozenDictionary<string, ImmutableArray<string>>.Empty;

    /// <summary>In the order of their ends.</summary>
    public ImmutableArray<IgnoredFinding> Ignored { get; init; } = [];
}

/// <summary>A finding that passes before <paramref name="End"/>.</summary>
/// <param name="Fingerprint">A whole name, or a tag.</param>
public sealed record IgnoredFinding(string Fingerprint, DateTimeOffset End);
