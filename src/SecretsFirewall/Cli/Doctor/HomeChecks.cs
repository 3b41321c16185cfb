using SecretsFirewall.Cli.Configuration;

namespace SecretsFirewall.Cli.Doctor;

/// <summary>What can be seen of a home without asking anybody.</summary>
internal static class HomeChecks
{
    public static IEnumerable<DoctorFinding> Inspect(FirewallHome home)
    {
        yield return home.Prepare() is { } problem
            ? new DoctorFinding("home", Health.Broken, problem)
            : new DoctorFinding("home", Health.Well, home.Root);

        var open = new[] { home.MasterKey, home.InstallKey, home.CaKey, home.Database, home.ConfigFile }
            .Concat(home.AgentsWithAuthority.Select(agent => home.AuthorityOf(agent).Key))
            .Where(f => File.Exists(f) && !PrivateFile.IsPrivate(f))
            .ToList();
        yield return open.Count == 0
            ? new DoctorFinding("key_modes", Health.Well, "No other user can read the keys.")
            : new DoctorFinding("key_modes", Health.Broken, $"Other users can read {string.Join(", ", open)}. Run: chmod 600 {string.Join(' ', open)}");

        var configuration = new ConfigurationLoader(home, ProcessEnvironment.Variables(), ConfigurationLoader.NoFlags).Load();
        yield return configuration.Errors.Count == 0
            ? new DoctorFinding("configuration", Health.Well, File.Exists(home.ConfigFile) ? home.ConfigFile : "Defaults; there is no config.json.")
            : new DoctorFinding("configuration", Health.Broken, string.Join('\n', configuration.Errors));

        yield return new DoctorFinding("home_readable_by_agent", Health.Note, HomeNotes.ReadableByAgent[(HomeNotes.ReadableByAgent.IndexOf(' ', StringComparison.Ordinal) + 1)..]);
    }
}
