namespace SecretsFirewall.Cli.Bench.Runs;

/// <summary>What stands between client and upstream in a measurement.</summary>
/// <param name="Proxy"><c>address:port</c>, or null for nothing at all.</param>
/// <param name="ProcessId">The process whose CPU and memory count; null for nothing at all.</param>
/// <param name="CaFiles">The authorities that the client must trust for it.</param>
internal sealed record Subject(string Name, string? Proxy, int? ProcessId, IReadOnlyList<string> CaFiles)
{
    /// <summary>The port that clients CONNECT to.</summary>
    public int Port { get; init; } = 443;

    public const string Direct = "direct";

    public const string Relay = "relay";

    public const string Firewall = "sfw";
}
