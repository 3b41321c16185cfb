namespace SecretsFirewall.Restraints.Sessions;

/// <summary>What a model call may come to, held from a session's limits until it is over.</summary>
/// <param name="Cost">In the currency of the policy's prices.</param>
internal readonly record struct CallReserve(long Tokens, decimal Cost);
