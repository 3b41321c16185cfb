namespace SecretsFirewall.Cli.Exec.Locking;

/// <summary>Connections that a command tried past the proxy, all to one place.</summary>
/// <param name="Protocol"><c>tcp</c> or <c>udp</c>.</param>
/// <param name="Name">What was asked for, where it was a look-up of a name.</param>
internal sealed record Leak(string Protocol, string Address, int Port, string? Name, int Attempts);
