using System.Net;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using SecretsFirewall.Audit;
using SecretsFirewall.Cli;
using SecretsFirewall.Cli.Bench.Processes;
using SecretsFirewall.Cli.Configuration;
using SecretsFirewall.Cli.Evidence;
using SecretsFirewall.Cli.Running;

namespace SecretsFirewall.Load.Processes;

/// <summary>
/// The hidden verb <c>audited HOME DURABILITY</c>: the firewall in this process, with its log as the setting says, or <see cref="Off"/>. Without a log is what no
/// setting of the product gives: only who composes the firewall itself can.
/// </summary>
internal static class AuditedFirewall
{
    public const string Off = "off";

    public static async Task<int> RunAsync(string root, string durability, TextReader input, TextWriter output)
    {
        var home = new FirewallHome(root);
        var options = new ConfigurationLoader(home, new Dictionary<string, string>(), ConfigurationLoader.NoFlags).Load().Options ?? throw new InvalidOperationException("The configuration is wrong.");
        using var installation = Installation.TryOpen(home, options.Interception, TimeProvider.System, NullLoggerFactory.Instance, out var problem) ?? throw new InvalidOperationException(problem);
        var policy = RunningFirewall.OpenPolicy(home, options.Policy, bundles: null, NullLoggerFactory.Instance, out problem) ?? throw new InvalidOperationException(problem);
        using var opening = durability == Off ? null : Open(installation, options, Enum.Parse<AuditDurability>(durability, ignoreCase: true));
        using var audit = opening?.Log ?? AuditLog.Discarding(TimeProvider.System);
        await using var firewall = await Firewall.StartAsync(
            installation, options with { Listen = options.Listen with { Proxy = new IPEndPoint(IPAddress.Loopback, 0) } }, audit, policy, TimeProvider.System, NullLoggerFactory.Instance, CancellationToken.None);
        await output.WriteLineAsync(JsonSerializer.Serialize(new Listening(firewall.ProxyEndPoint.ToString(), home.CaCertificate)));
        await output.FlushAsync();
        await input.ReadToEndAsync();
        return 0;
    }

    private static AuditOpening Open(Installation installation, FirewallOptions options, AuditDurability durability) =>
        AuditOpening.Open(installation, options with { Audit = options.Audit with { Durability = durability } }, TimeProvider.System, NullLoggerFactory.Instance, out var problem)
        ?? throw new InvalidOperationException(problem);
}
