using System.Collections.Frozen;

namespace SecretsFirewall.Model;

/// <summary>
/// What to do about each finding on one leg, decided once with the exchange so that no call is made per finding while a body streams.
/// The zero value blocks everything.
/// </summary>
public sealed record RedactionPlan
{
    // Of a name that masking makes, auto.<rule>.<tag>.
    private const int TagLength = 8;

    public static RedactionPlan BlockAll { get; } = new();

    /// <summary>Mask or block; a registered value is never passed.</summary>
    public FindingAction Registered { get; init; }

    public FindingAction Rule { get; init; }

    public FindingAction Entropy { get; init; }

    /// <summary>What to do about a reference that nothing binds: refused toward tools, plain text toward models and in responses.</summary>
    public FindingAction Reference { get; init; }

    /// <summary>By id, the rules whose findings are treated otherwise than <see cref="Rule"/> and <see cref="Entropy"/> say.</summary>
    public FrozenDictionary<string, FindingAction> Rules { get; init; } = FrozenDictionary<string, FindingAction>.Empty;

    /// <summary>Findings that somebody looked at and lets pass: whole names (<c>auto.&lt;rule&gt;.&lt;tag&gt;</c>), or tags alone.</summary>
    public FrozenSet<string> Ignored { get; init; } = FrozenSet<string>.Empty;

    /// <summary>Where nothing may be rewritten: what stands in for masking a rule's finding. There a registered value blocks, and entropy alerts.</summary>
    public FindingAction? InsteadOfMask { get; init; }

    /// <param name="rule">The finding's rule.</param>
    /// <param name="name">The name that would replace it.</param>
    public FindingAction For(FindingKind kind, string rule, SecretName name)
    {
        var action = kind switch
        {
            FindingKind.Registered => Registered is FindingAction.Mask ? FindingAction.Mask : FindingAction.Block,
            FindingKind.Rule => OfRule(rule, name, Rule),
            FindingKind.Entropy => OfRule(rule, name, Entropy),
            FindingKind.Reference => Reference,
            _ => FindingAction.Block, // a canary, and what was not read to its end
        };
        return action is FindingAction.Mask && InsteadOfMask is { } other ? Instead(kind, other) : action;
    }

    private static FindingAction Instead(FindingKind kind, FindingAction other) => kind switch
    {
        FindingKind.Registered => FindingAction.Block,
        FindingKind.Entropy => FindingAction.Alert, // not sure enough to break a message for
        _ => other,
    };

    private FindingAction OfRule(string rule, SecretName name, FindingAction ofKind)
    {
        if (Ignored.Count > 0 && name.Value.Length > TagLength && (Ignored.Contains(name.Value) || Ignored.Contains(name.Value[^TagLength..])))
        {
            return FindingAction.Pass;
        }

        return Rules.GetValueOrDefault(rule, ofKind);
    }
}
