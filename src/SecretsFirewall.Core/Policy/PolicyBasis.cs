using SecretsFirewall.Commands.Table;

namespace SecretsFirewall.Policy;

/// <summary>What the executable brings to every policy: the classified commands, and the tools that carry them.</summary>
/// <param name="Tools">A policy file of which only <c>tools</c> are taken. A policy's own replace them name by name.</param>
public sealed record PolicyBasis(CommandTable Commands, PolicyFile Tools);
