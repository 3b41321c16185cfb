using System.Text.Json.Nodes;

namespace SecretsFirewall.Cli.Bench.Processes;

/// <summary>What a bench's home is made from, before it gets listeners and the loopback upstream.</summary>
internal sealed record BenchBasis
{
    /// <summary>A home as the first start of <c>sfw run</c> makes it.</summary>
    public static BenchBasis Shipped { get; } = new();

    /// <summary>The name of the policy in force.</summary>
    public string Policy { get; init; } = new FirewallOptions().Policy;

    /// <summary>What <c>config.json</c> says.</summary>
    public JsonObject Configuration { get; init; } = [];

    /// <summary>Of the variables that configure a firewall, those that hold for the one under test.</summary>
    public IReadOnlyDictionary<string, string> Variables { get; init; } = new Dictionary<string, string>();

    /// <summary>Puts files into the prepared home.</summary>
    public Action<FirewallHome> Fill { get; init; } = static _ => { };
}
