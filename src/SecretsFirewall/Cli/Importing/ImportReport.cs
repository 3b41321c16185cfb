namespace SecretsFirewall.Cli.Importing;

/// <summary>What became of one thing in the file that was imported.</summary>
/// <param name="Line">Where it stands.</param>
/// <param name="What">Such as <c>rule aws-key</c> or <c>allowlist paths</c>.</param>
/// <param name="Result"><c>token</c> or <c>regex</c> for a rule of that kind; <c>kept</c>, <c>not needed</c>, or <see cref="NotImported"/>.</param>
internal sealed record ImportRow(int Line, string What, string Result, string Note)
{
    public const string NotImported = "not imported";
}

/// <summary>A rule file, and what became of every part of its source.</summary>
/// <param name="Rules">JSON with comments.</param>
internal sealed record ImportResult(string Rules, int RuleCount, IReadOnlyList<ImportRow> Rows);
