namespace SecretsFirewall.Model;

/// <summary>
/// What to do about each kind of finding on one leg, decided once with the exchange so that no call is made per finding while a body streams.
/// The zero value blocks everything.
/// </summary>
public sealed record RedactionPlan
{
    public static RedactionPlan BlockAll { get; } = new();

    /// <summary>Mask or block; a registered value is never passed.</summary>
    public FindingAction Registered { get; init; }

    public FindingAction Rule { get; init; }

    public FindingAction Entropy { get; init; }

    /// <summary>What to do about a reference that nothing binds: refused toward tools, plain text toward models and in responses.</summary>
    public FindingAction Reference { get; init; }

    public FindingAction For(FindingKind kind) => kind switch
    {
        FindingKind.Registered => Registered is FindingAction.Mask ? FindingAction.Mask : FindingAction.Block,
        FindingKind.Rule => Rule,
        FindingKind.Entropy => Entropy,
        FindingKind.Reference => Reference,
        _ => FindingAction.Block, // a canary, and what was not read to its end
    };
}
