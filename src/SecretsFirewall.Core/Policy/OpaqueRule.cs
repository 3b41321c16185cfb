namespace SecretsFirewall.Policy;

/// <summary>Lets tunnels to one host and port be carried unread before <paramref name="End"/>. Nothing else in a policy can.</summary>
/// <param name="Host">As <see cref="Model.HostName"/> spells it.</param>
/// <param name="Reason">One sentence from the policy.</param>
public sealed record OpaqueRule(string Id, string Host, int Port, string Reason, DateTimeOffset End);
