using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using SecretsFirewall.Cli.Bench.Client;

namespace SecretsFirewall.Cli.Bench.Processes;

/// <summary>
/// A home as an operator would set it up: a configuration with the loopback upstream behind every name, and made-up secrets that the command line
/// imports. Used by every start of the run, one after another.
/// </summary>
/// <param name="ConfigHash">SHA-256 of configuration and policy without ports and paths: two runs with the same hash measured the same settings.</param>
internal sealed record BenchHome(FirewallHome Files, string Proxy, IReadOnlyDictionary<string, string> Variables, string ConfigHash)
{
    // What one agent may do at once is not what is measured.
    private const int Plenty = 20_000;

    private static readonly string[] Raised = ["requests_per_agent", "tunnels_per_agent"];

    private const string NamesPerHour = "names_per_agent_and_hour";

    /// <summary>Sections of an installed configuration that bear on what an exchange costs.</summary>
    public static readonly IReadOnlyList<string> Sections = ["policy", "limits", "risk", "session", "interception", "metering", "audit"];

    /// <summary>Settings among them that would stop a bench half way, or that it sets itself.</summary>
    public static readonly IReadOnlyList<string> LeftOut =
        ["session", "rate_per_minute", "rate_burst", "model_calls_per_agent", "connections", NamesPerHour, .. Raised];

    public string CaFile => Files.CaCertificate;

    /// <param name="name">Of the folder below <paramref name="directory"/>, which is the bench's own.</param>
    public static async Task<BenchHome> PrepareAsync(BenchOptions options, BenchBasis basis, string directory, string name, Listening upstream)
    {
        var home = new FirewallHome(Path.Combine(directory, name));
        if (home.Prepare() is { } problem)
        {
            throw new InvalidOperationException(problem);
        }

        basis.Fill(home);
        var hash = Hash(options, basis, home);
        var proxy = LoopbackPort();
        await File.WriteAllTextAsync(home.ConfigFile, Config(options, basis, proxy, LoopbackPort(), upstream).ToJsonString());
        var prepared = new BenchHome(home, proxy, basis.Variables, hash);
        if (options.Secrets > 0)
        {
            var secrets = Path.Combine(directory, $"{name}.env");
            await File.WriteAllLinesAsync(secrets, Payloads.Secrets(options.Secrets, options.Seed).Select(static one => $"{one.Name}={one.Value}"));
            await FirewallProcess.RunCommandAsync(options.Firewall, prepared, "secrets", "import", secrets);
            File.Delete(secrets);
        }

        return prepared;
    }

    public static string LoopbackPort() => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{FirewallProcess.FreePort()}");

    private static JsonObject Config(BenchOptions options, BenchBasis basis, string proxy, string admin, Listening upstream)
    {
        var config = (JsonObject)basis.Configuration.DeepClone();
        config["policy"] = basis.Policy;
        config["listen"] = new JsonObject { ["proxy"] = proxy, ["admin"] = admin };
        config["upstream"] = new JsonObject { ["ca_files"] = new JsonArray(upstream.CaFile), ["hosts"] = Hosts(options, upstream.EndPoint) };
        // Its memory holds only made-up values, and a user who is not root could not read its counters otherwise.
        config["process"] = new JsonObject { ["dumps"] = true };
        var limits = config["limits"] as JsonObject ?? [];
        foreach (var limit in Raised)
        {
            limits[limit] = Plenty;
        }

        limits[NamesPerHour] = 1_000_000;
        config["limits"] = limits;
        return config;
    }

    private static JsonObject Hosts(BenchOptions options, string upstream)
    {
        var hosts = new JsonObject();
        foreach (var name in options.NewNames().Prepend(options.Hosts.Model).Prepend(options.Hosts.Tool))
        {
            hosts[$"{name}:443"] = upstream;
        }

        return hosts;
    }

    private static string Hash(BenchOptions options, BenchBasis basis, FirewallHome home)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(Config(options, basis, "", "", new Listening("", "")).ToJsonString()));
        foreach (var (name, value) in basis.Variables.OrderBy(static one => one.Key, StringComparer.Ordinal))
        {
            hash.AppendData(Encoding.UTF8.GetBytes($"{name}={value}\n"));
        }

        foreach (var file in Directory.EnumerateFiles(home.PolicyDirectory, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            hash.AppendData(Encoding.UTF8.GetBytes($"{Path.GetRelativePath(home.Root, file)}\n"));
            hash.AppendData(File.ReadAllBytes(file));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
