using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using SecretsFirewall.Load.Client;
using SecretsFirewall.Load.Runs;

namespace SecretsFirewall.Load.Processes;

/// <summary>
/// A home as an operator would set it up: a configuration with the loopback upstream behind every name, and the secrets imported
/// through the command line. Used by every start of the run, one after another.
/// </summary>
/// <param name="ConfigHash">SHA-256 of the configuration without its ports and paths: two runs with the same hash measured the same settings.</param>
internal sealed record FirewallHomeFiles(string Root, string Proxy, string CaFile, string ConfigHash)
{
    public static async Task<FirewallHomeFiles> PrepareAsync(LoadOptions options, string directory, Listening upstream)
    {
        var root = Path.Combine(directory, "home");
        Directory.CreateDirectory(root, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var proxy = string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{FirewallProcess.FreePort()}");
        var admin = string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{FirewallProcess.FreePort()}");
        await File.WriteAllTextAsync(Path.Combine(root, "config.json"), Config(options, proxy, admin, upstream.CaFile, upstream.EndPoint));

        var secrets = Path.Combine(directory, "secrets.env");
        await File.WriteAllLinesAsync(secrets, Payloads.Secrets(options.Secrets, options.Seed).Select(s => $"{s.Name}={s.Value}"));
        await FirewallProcess.RunCommandAsync(options.Firewall, "secrets", "import", secrets, "--home", root);

        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Config(options, "", "", "", ""))));
        return new FirewallHomeFiles(root, proxy, Path.Combine(root, "ca", "ca.pem"), hash);
    }

    /// <summary>All that a run asks for, one after the other.</summary>
    public static IEnumerable<string> NewNames(LoadOptions options) =>
        Enumerable.Range(0, options.NewNamesPerRound * (LoadBench.WarmUpRounds + options.MostRounds))
            .Select(static i => string.Create(CultureInfo.InvariantCulture, $"t{i}.{BenchNames.Domain}"));

    private static string Config(LoadOptions options, string proxy, string admin, string caFile, string upstream)
    {
        var hosts = new Dictionary<string, string>
        {
            [$"{BenchNames.Tool}:443"] = upstream,
            [$"{BenchNames.Model}:443"] = upstream,
        };
        foreach (var name in NewNames(options))
        {
            hosts[$"{name}:443"] = upstream;
        }

        return JsonSerializer.Serialize(new
        {
            listen = new { proxy, admin },
            upstream = new { ca_files = new[] { caFile }, hosts },
            limits = new { requests_per_agent = 4_000, tunnels_per_agent = 4_000, names_per_agent_and_hour = 100_000 },
        });
    }
}
