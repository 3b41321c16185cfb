namespace SecretsFirewall.Cli;

/// <summary>What an operator should know about a home.</summary>
internal static class HomeNotes
{
    /// <summary>Shown by <c>status</c> and <c>doctor</c> as <c>home_readable_by_agent</c> (DESIGN.md section 1).</summary>
    public const string ReadableByAgent =
        "home_readable_by_agent: an agent that runs under the same user can read this home, keys included. Run agents under another user or in a container where that matters.";
}
