using System.Diagnostics;
using SecretsFirewall.Admin;
using SecretsFirewall.Cli.Configuration;
using SecretsFirewall.Cli.Demo;
using SecretsFirewall.Cli.Recorded;
using SecretsFirewall.Cli.Running;

namespace SecretsFirewall.Cli.Selftest;

/// <summary>
/// Holds the invariants against the policy and the configuration of a home, on loopback and without a network:
/// <code>
///   agent (HttpClient) ──► a firewall as `sfw run` starts it, in a temporary home with the policy of the real one ──► a model and a tool on loopback
/// </code>
/// </summary>
internal static class SelftestRun
{
    /// <param name="progress">Hears of each check as it ends.</param>
    /// <returns>Null and the reason if it could not begin.</returns>
    public static async Task<(SelftestReport? Report, StartProblem? Problem)> RunAsync(
        FirewallHome from, PolicyFilesReply bundle, Action<SelftestCheck> progress, CancellationToken cancellationToken)
    {
        var configuration = new ConfigurationLoader(from, ProcessEnvironment.Variables(), ConfigurationLoader.NoFlags).Load();
        if (configuration.Options is not { } options)
        {
            return (null, new StartProblem($"The configuration is wrong:\n{string.Join('\n', configuration.Errors)}", ExitCodes.Broken));
        }

        using var temporary = new SelftestHome();
        var names = await HostsAsync(from, options.Policy, bundle, temporary);
        if (names.Problem is { } unreadable)
        {
            return (null, new StartProblem(unreadable, ExitCodes.Broken));
        }

        var (policy, hosts) = (names.Policy!, names.Hosts!);
        var script = new SelftestScript(temporary.Home.AuditDirectory);
        await using var upstream = await LoopbackUpstream.StartAsync(
            new LoopbackUpstreamOptions { Names = [.. new[] { hosts.Model, hosts.Tool }.OfType<string>().DefaultIfEmpty("selftest.invalid")], Records = true, Answers = script.Answers }, cancellationToken);
        if (temporary.Fill(from, options.Policy, bundle, hosts.Tool ?? "selftest.invalid", out var token) is { } problem)
        {
            return (null, new StartProblem(problem, ExitCodes.Broken));
        }

        var loader = new ConfigurationLoader(temporary.Home, SelftestHome.CopyOf(from).Variables(), await FlagsAsync(temporary.Folder, options.Policy, hosts, upstream, cancellationToken));
        var (running, startProblem) = await RunningFirewall.StartAsync(temporary.Home, loader, TimeProvider.System, static _ => { }, cancellationToken);
        if (running is null)
        {
            return (null, startProblem);
        }

        await using (running)
        {
            using var agent = DemoRun.Agent(running.Firewall.ProxyEndPoint, await File.ReadAllTextAsync(temporary.Home.CaCertificate, cancellationToken), token, SelftestHome.Agent);
            var exchange = new SelftestExchange(agent, upstream, temporary.Home.AuditDirectory);
            var checks = new SelftestChecks(exchange, script, temporary, hosts, policy, running);
            return (new SelftestReport(await RunAsync(checks, progress, cancellationToken)), null);
        }
    }

    private static async Task<List<SelftestCheck>> RunAsync(SelftestChecks checks, Action<SelftestCheck> progress, CancellationToken cancellationToken)
    {
        var done = new List<SelftestCheck>();
        foreach (var (invariant, name, check) in checks.All)
        {
            var clock = Stopwatch.StartNew();
            SelftestState state;
            string detail;
            try
            {
                (state, detail) = await check(cancellationToken);
            }
            catch (Exception e) when (e is HttpRequestException or IOException or TimeoutException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
            {
                (state, detail) = (SelftestState.Failed, $"The request failed: {e.GetType().Name}.");
            }

            var result = new SelftestCheck(invariant, name, state, detail, clock.Elapsed);
            done.Add(result);
            progress(result);
        }

        return done;
    }

    /// <summary>Reads the policy as it will be copied.</summary>
    private static async Task<(PolicyInHand? Policy, SelftestHosts? Hosts, string? Problem)> HostsAsync(FirewallHome from, string name, PolicyFilesReply bundle, SelftestHome temporary)
    {
        var folder = Path.Combine(from.PolicyDirectory, name);
        if (bundle.Bundle is not null || !Directory.Exists(folder))
        {
            folder = Path.Combine(temporary.Folder, "policy", name);
            if (bundle.Bundle is null)
            {
                if (!Bundles.ShippedPolicies.Names.Contains(name))
                {
                    return (null, null, $"There is no policy {name} in {from.PolicyDirectory}.");
                }

                Bundles.ShippedPolicies.Write(Path.Combine(temporary.Folder, "policy"), name);
            }

            foreach (var file in bundle.Files)
            {
                var path = Path.Combine(folder, file.Path);
                Directory.CreateDirectory(Path.GetDirectoryName(path)!);
                await File.WriteAllBytesAsync(path, file.Content);
            }
        }

        return PolicyInHand.TryRead(folder, out var problem) is { } policy
            ? (policy, SelftestHosts.Of(policy.Source.Files, policy.Snapshot, TimeProvider.System.GetUtcNow()), null)
            : (null, null, problem);
    }

    private static async Task<Dictionary<string, string>> FlagsAsync(string folder, string policy, SelftestHosts hosts, LoopbackUpstream upstream, CancellationToken cancellationToken)
    {
        var authority = Path.Combine(folder, "upstream.pem");
        await File.WriteAllTextAsync(authority, upstream.CaPem, cancellationToken);
        return new Dictionary<string, string>
        {
            ["listen.proxy"] = "127.0.0.1:0",
            ["listen.admin"] = "127.0.0.1:0",
            ["policy"] = policy,
            ["upstream.ca_files"] = authority,
            ["upstream.hosts"] = string.Join(',', new[] { hosts.Model, hosts.Tool, "selftest.invalid" }.OfType<string>().Distinct().Select(host => $"{host}:443={upstream.EndPoint}")),
        };
    }
}
