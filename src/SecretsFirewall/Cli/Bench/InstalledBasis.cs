using SecretsFirewall.Admin;
using SecretsFirewall.Cli.Bench.Processes;
using SecretsFirewall.Cli.Configuration;
using SecretsFirewall.Cli.Recorded;
using SecretsFirewall.Cli.Selftest;

namespace SecretsFirewall.Cli.Bench;

/// <summary>What a home's own configuration and policy come to in a bench. Its keys, secrets, agents and log stay where they are.</summary>
internal static class InstalledBasis
{
    /// <summary>Null with what is wrong.</summary>
    public static BenchBasis? Of(FirewallHome from, PolicyFilesReply bundle, out string problem)
    {
        var configuration = new ConfigurationLoader(from, ProcessEnvironment.Variables(), ConfigurationLoader.NoFlags).Load();
        if (configuration.Options is not { } options)
        {
            problem = $"The configuration is wrong:\n{string.Join('\n', configuration.Errors)}";
            return null;
        }

        problem = "";
        var copy = new HomeCopy(from, BenchHome.Sections, BenchHome.LeftOut);
        return new BenchBasis
        {
            Policy = options.Policy,
            Configuration = copy.Configuration(),
            Variables = copy.Variables(),
            Fill = home => copy.CopyPolicy(options.Policy, bundle, home),
        };
    }

    /// <summary>A model and a tool that the policy lets agents reach; where it names none, those of the shipped policies, and what is refused then is said.</summary>
    public static BenchHosts HostsOf(BenchBasis basis, TimeProvider time)
    {
        var folder = Directory.CreateTempSubdirectory("sfw-bench-policy-");
        try
        {
            var home = new FirewallHome(folder.FullName);
            basis.Fill(home);
            var path = Path.Combine(home.PolicyDirectory, basis.Policy);
            if (!Directory.Exists(path) || PolicyInHand.TryRead(path, out _) is not { } policy)
            {
                return BenchHosts.Default;
            }

            var hosts = SelftestHosts.Of(policy.Source.Files, policy.Snapshot, time.GetUtcNow(), BenchHosts.Default.Tool, BenchHosts.Default.Model);
            return new BenchHosts(hosts.Tool ?? BenchHosts.Default.Tool, hosts.Model ?? BenchHosts.Default.Model);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
