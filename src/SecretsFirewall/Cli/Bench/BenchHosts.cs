using System.Globalization;

namespace SecretsFirewall.Cli.Bench;

/// <summary>
/// The names that the loopback upstream answers for; nothing is sent to whom they really belong. The providers' own are used since policy and
/// recognition depend on them.
/// </summary>
internal sealed record BenchHosts(string Tool, string Model)
{
    /// <summary>New tunnels go to <c>tN.</c> under this name, which no policy lists.</summary>
    public const string Domain = "bench.example";

    /// <summary>As the shipped policies list them.</summary>
    public static BenchHosts Default { get; } = new("api.github.com", "api.anthropic.com");

    public IReadOnlyList<string> All => [Tool, Model, $"*.{Domain}"];

    public static string NewName(int number) => string.Create(CultureInfo.InvariantCulture, $"t{number}.{Domain}");
}
