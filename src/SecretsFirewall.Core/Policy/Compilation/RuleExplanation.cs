namespace SecretsFirewall.Policy.Compilation;

/// <summary>What one rule says to one question, and why.</summary>
/// <param name="Applies"><c>yes</c>, <c>no</c>, or <c>unknown</c>: a fact is not there, so a rule that refuses applies and one that allows does not.</param>
/// <param name="Condition">The first member of its match that is not sure; null where all are.</param>
/// <param name="Fact">What the question says about it; null where that cannot be said in a line.</param>
internal sealed record RuleExplanation(string Rule, string Outcome, bool IsShadow, string Applies, string? Condition, string? Fact);
