namespace SecretsFirewall.Policy;

/// <summary>Where a policy lets an agent connect over TLS, as far as it says so by name.</summary>
/// <param name="Names">Exact hosts, and domains for families of hosts; none lies below another one. Addresses as they are.</param>
/// <param name="AlsoOthers">It lets the agent connect to hosts that it does not name, too.</param>
public sealed record ReachableHosts(IReadOnlyList<string> Names, bool AlsoOthers);
