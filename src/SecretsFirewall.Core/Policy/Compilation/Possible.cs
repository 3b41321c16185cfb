using SecretsFirewall.Policy.Conditions;

namespace SecretsFirewall.Policy.Compilation;

/// <summary>What a test may have said of facts of which some are not known any more: every truth from one to the other.</summary>
internal readonly record struct Possible(Truth Low, Truth High)
{
    public static Possible Anything { get; } = new(Truth.False, Truth.True);

    public static Possible Of(Truth known) => new(known, known);

    public Possible And(Possible other) => new(Least(Low, other.Low), Least(High, other.High));

    public Possible Or(Possible other) => new(Most(Low, other.Low), Most(High, other.High));

    public Possible Not() => new(High.Not(), Low.Not());

    private static Truth Least(Truth one, Truth other) => one < other ? one : other;

    private static Truth Most(Truth one, Truth other) => one > other ? one : other;
}
