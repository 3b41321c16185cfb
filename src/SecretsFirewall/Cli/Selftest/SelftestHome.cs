using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using SecretsFirewall.Admin;
using SecretsFirewall.Cli.Canaries;
using SecretsFirewall.Interception;
using SecretsFirewall.Model;

namespace SecretsFirewall.Cli.Selftest;

/// <summary>
/// A temporary home with the policy and the configuration of another, and nothing else of it: its own keys, its own CA, one agent and one secret that is made up.
/// What would reach out or get in the way is left out: listeners, upstreams, collectors, limits of sessions and of rate.
/// </summary>
internal sealed class SelftestHome : IDisposable
{
    public const string Agent = "selftest";

    private static readonly string[] Sections = ["policy", "limits", "risk", "interception", "metering"];

    private static readonly string[] LeftOut = ["session", "rate_per_minute", "rate_burst", "model_calls_per_agent", "connections"];

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("sfw-selftest-");

    public FirewallHome Home => new(Path.Combine(_folder.FullName, "home"));

    public string Folder => _folder.FullName;

    public SecretName Secret { get; } = SecretName.Create("SELFTEST_TOKEN");

    /// <summary>Made up for this run.</summary>
    public string Value { get; } = Encoding.ASCII.GetString(CanaryFormats.Make(CanaryFormats.Plain)!);

    public static HomeCopy CopyOf(FirewallHome from) => new(from, Sections, LeftOut);

    public void Dispose() => _folder.Delete(recursive: true);

    /// <summary>Null with the agent's token, else what is wrong.</summary>
    /// <param name="policy">The name of the policy in <paramref name="from"/>.</param>
    /// <param name="bundle">The bundle in force there; its files become a folder of that name here.</param>
    public string? Fill(FirewallHome from, string policy, PolicyFilesReply bundle, string toolHost, out string token)
    {
        token = "";
        if (Home.Prepare() is { } unusable)
        {
            return unusable;
        }

        var copy = CopyOf(from);
        PrivateFile.Write(Home.ConfigFile, copy.Configuration().ToJsonString());
        copy.CopyPolicy(policy, bundle, Home);
        if (Installation.TryOpen(Home, new InterceptionOptions(), TimeProvider.System, NullLoggerFactory.Instance, out var problem) is not { } installation)
        {
            return problem;
        }

        using (installation)
        {
            installation.Vault.Add(Secret, Encoding.ASCII.GetBytes(Value), weak: false);
            installation.Vault.Bind(new SecretBinding("", Secret, Agent, toolHost, 443, [], null, BindingPlace.Header, "Authorization", "Bearer {}", 1));
            token = installation.Agents.Add(Agent, level: 1) ?? "";
        }

        return null;
    }
}
