using System.CommandLine;

namespace SecretsFirewall.Cli.Commands;

/// <summary>Options that several commands share.</summary>
internal static class CommonOptions
{
    public static readonly Option<string?> Home = new("--home")
    {
        Description = $"The firewall's home directory (default: ${FirewallHome.Variable}, else ~/{FirewallHome.DefaultFolder}).",
        HelpName = "DIRECTORY",
        Recursive = true,
    };

    public static Option<bool> Json() => new("--json") { Description = "Write JSON, for programs." };

    public static FirewallHome HomeOf(ParseResult parse) =>
        FirewallHome.Resolve(parse.GetValue(Home), Environment.GetEnvironmentVariable);
}
