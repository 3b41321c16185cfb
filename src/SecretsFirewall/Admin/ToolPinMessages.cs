namespace SecretsFirewall.Admin;

/// <param name="State"><c>known</c>, or <c>pending</c> for a description that waits.</param>
internal sealed record ToolPinReply(string Host, string Tool, string State, string Hash, string Description, DateTimeOffset SeenAt);

internal sealed record ToolPinsReply(IReadOnlyList<ToolPinReply> Tools);

/// <param name="Host">A host, or <c>host:port</c> where the port is not 443.</param>
/// <param name="Tool">Null for all of the host's.</param>
internal sealed record ToolPinRequest(string Host, string? Tool);
