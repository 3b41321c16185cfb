using SecretsFirewall.Commands.Operations;
using SecretsFirewall.Commands.Table;

namespace SecretsFirewall.Policy;

/// <summary>What the executable brings to every policy: the classified commands, the tools that carry them, and what requests do at known services.</summary>
/// <param name="Tools">A policy file of which only <c>tools</c> are taken. A policy's own replace them name by name.</param>
/// <param name="Operations">What requests do at known services; null where nobody knows.</param>
public sealed record PolicyBasis(CommandTable Commands, PolicyFile Tools, OperationTable? Operations = null);
