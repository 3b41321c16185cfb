namespace SecretsFirewall.Policy.Compilation;

/// <summary>How a policy answered one of its own cases.</summary>
/// <param name="Expected">What the case wants, and <paramref name="Actual"/> what the policy says, in the same words.</param>
/// <param name="Rule">The rule that decided.</param>
internal sealed record CaseResult(string Path, int Line, string Name, string Expected, string Actual, string Rule, bool IsRight);
