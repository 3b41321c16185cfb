using Microsoft.Extensions.Logging.Abstractions;
using SecretsFirewall.Admin;
using SecretsFirewall.Bundles;
using SecretsFirewall.Cli.Configuration;
using SecretsFirewall.Cli.Doctor;
using SecretsFirewall.Cli.Environments;
using SecretsFirewall.Cli.Running;
using SecretsFirewall.Interception;
using SecretsFirewall.Listener;
using SecretsFirewall.Model;
using SecretsFirewall.Policy;
using SecretsFirewall.Storage;

namespace SecretsFirewall.Cli.State;

/// <summary>Makes authorities: the installation's, and agents' own, constrained to what the policy lets them reach. The caller holds the home's lock.</summary>
internal static class AuthorityMaking
{
    /// <summary>Makes a constrained one. Null with one sentence that says why not.</summary>
    /// <param name="agent">Whose own it is to be; null for the installation's, which is for all agents together.</param>
    public static ReachableHosts? MakeConstrained(FirewallHome home, string? agent, TimeProvider time, out string problem)
    {
        var configuration = new ConfigurationLoader(home, ProcessEnvironment.Variables(), ConfigurationLoader.NoFlags).Load();
        if (configuration.Options is not { } options)
        {
            problem = $"The configuration is wrong:\n{string.Join('\n', configuration.Errors)}";
            return null;
        }

        // Read without opening the whole installation, which may be unable to open because of the very authority that is to be made anew.
        using var store = File.Exists(home.Database) ? SqliteStore.Open(home.Database, NullLogger.Instance, out _) : null;
        var bundles = store is null ? null : BundleKeeper.Open(store.Bundles, options.Bundles, Version.Parse(AdminServer.Version), time);
        if (AgentsOf(store, time) is not { } agents || (File.Exists(home.Database) && bundles is null))
        {
            problem = $"Agents and policies cannot be read from {home.Database}.";
            return null;
        }

        if (RunningFirewall.OpenPolicy(home, options.Policy, bundles, NullLoggerFactory.Instance, out problem) is not { } policy)
        {
            return null;
        }

        if (agent is not null && agents.All(one => one.Name != agent))
        {
            problem = $"There is no agent {agent}. It is one of: {string.Join(", ", agents.Select(static one => one.Name))}.";
            return null;
        }

        var reachable = agents.Where(one => agent is null || one.Name == agent).Select(one => policy.Current.ReachableBy(one.Name, one.Level, time.GetUtcNow())).ToList();
        var names = reachable.SelectMany(static one => one.Names).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList();
        if (names.Count == 0)
        {
            problem = $"The policy {policy.Current.Name} names no host that could be reached: there is nothing to constrain a CA to.";
            return null;
        }

        // The doctor's own name, which nobody else has (RFC 6761), is in every one.
        Write(agent is null ? home.Authority : home.AuthorityOf(agent), time, NameConstraints.For([.. names, RuntimeProbe.Host]));
        problem = "";
        return new ReachableHosts(names, reachable.Exists(static one => one.AlsoOthers));
    }

    /// <summary>Makes one without constraints.</summary>
    public static void MakeUnconstrained(AuthorityFiles files, TimeProvider time) => Write(files, time, constraints: null);

    /// <summary>Takes an agent's own authority away; it trusts the installation's then. False if it has none.</summary>
    public static bool Remove(FirewallHome home, string agent)
    {
        if (!home.AgentsWithAuthority.Contains(agent))
        {
            return false;
        }

        var files = home.AuthorityOf(agent);
        foreach (var file in (string[])[files.Certificate, files.Key, files.Bundle, files.JavaTrustStore])
        {
            File.Delete(file);
        }

        return true;
    }

    private static void Write(AuthorityFiles files, TimeProvider time, NameConstraints? constraints)
    {
        Installation.CreateAuthority(files, time, constraints);
        TrustFiles.Refresh(files, forJava: File.Exists(files.JavaTrustStore));
    }

    private static List<(string Name, int Level)>? AgentsOf(SqliteStore? store, TimeProvider time)
    {
        var none = new List<(string Name, int Level)> { (AgentIdentity.Local, 1) };
        return store is null ? none
            : AgentDirectory.Open(store.Agents, time, NullLogger.Instance) is not { } agents ? null
            : agents.List() is { Count: > 0 } listed ? [.. listed.Select(static one => (one.Name, one.Level))]
            : none;
    }
}
