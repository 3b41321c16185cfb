namespace SecretsFirewall.Policy.Conditions;

/// <summary>
/// Kleene's three values: and is the minimum, or the maximum. Unknown is what a test says about a fact that is not there;
/// it lets a refusing rule match and an allowing one not.
/// </summary>
internal enum Truth
{
    False = 0,
    Unknown,
    True,
}

internal static class TruthExtensions
{
    public static Truth ToTruth(this bool value) => value ? Truth.True : Truth.False;

    public static Truth Not(this Truth value) => (Truth)((int)Truth.True - (int)value);
}
