namespace SecretsFirewall.Restraints;

/// <summary>What an operator writes beside a change: a reason, and who it is. It is stored and shown, so it is bounded and one line.</summary>
internal static class OperatorText
{
    public const int MostCharacters = 500;

    public static bool IsValid(string text) => text.Length <= MostCharacters && !text.Any(char.IsControl);

    /// <summary>The reason as the end of a sentence; nothing where none was given.</summary>
    public static string Because(string reason) => reason.Length == 0 ? "." : $": {reason}";
}
