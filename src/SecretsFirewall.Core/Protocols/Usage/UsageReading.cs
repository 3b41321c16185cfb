using SecretsFirewall.Model;

namespace SecretsFirewall.Protocols.Usage;

/// <summary>What one model call came to.</summary>
/// <param name="Model">As the answer names it; null where it does not. The upstream chose it: nothing about it is checked.</param>
/// <param name="IsEstimated">The provider said nothing about some part of it, or not to the end: that part is guessed from bytes.</param>
/// <param name="IsSuspect">The provider said something that cannot be: a negative, impossible or contradictory number. It was cut to what can be, or not believed.</param>
public sealed record UsageReading(TokenUsage Usage, string? Model, bool IsEstimated, bool IsSuspect);
