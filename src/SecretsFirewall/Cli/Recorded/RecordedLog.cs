using System.CommandLine;
using SecretsFirewall.Audit;
using SecretsFirewall.Cli.Commands;

namespace SecretsFirewall.Cli.Recorded;

/// <summary>The exchanges of a home's audit log from a time on.</summary>
internal static class RecordedLog
{
    public static Option<string> Since() => new("--since")
    {
        Description = "A time such as 24h or 7d back from now, or a day such as 2026-11-01, in UTC.",
        HelpName = "TIME",
        DefaultValueFactory = static _ => "30d",
    };

    /// <summary>Null with what is wrong.</summary>
    public static IEnumerable<RecordedExchange>? TryRead(FirewallHome home, string since, out string problem)
    {
        var from = UsageCommand.TryReadSince(since, TimeProvider.System.GetUtcNow());
        problem = from is null ? "--since is a time such as 24h or 7d, or a day such as 2026-11-01."
            : Directory.Exists(home.AuditDirectory) ? ""
            : $"There is no audit log in {home.AuditDirectory}. `sfw run` begins one.";
        return problem.Length > 0 ? null : RecordedExchange.All(AuditReader.Read(home.AuditDirectory).Where(entry => entry.Timestamp >= from));
    }
}
