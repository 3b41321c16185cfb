using System.Text.Json;
using System.Text.Json.Serialization;

namespace SecretsFirewall.Cli.Exec.Locking;

/// <summary>What a locked command is to see of this machine. It is made outside, where everything can be seen, and carried out inside.</summary>
internal sealed record LockPlan
{
    private const string FileName = "plan.json";

    /// <summary>Where the proxy is reached inside: an address of the loopback interface, and its port.</summary>
    public required string Proxy { get; init; }

    /// <summary>The firewall's home: an empty directory inside.</summary>
    public required string Home { get; init; }

    /// <summary>Directories that are fresh and empty inside: they are where programs put their sockets.</summary>
    public required IReadOnlyList<string> Fresh { get; init; }

    /// <summary>Directories below fresh ones that are seen as they are.</summary>
    public required IReadOnlyList<string> Kept { get; init; }

    /// <summary>Unix sockets that lie elsewhere: nobody answers behind them.</summary>
    public required IReadOnlyList<string> Sockets { get; init; }

    /// <summary>Whether connections that do not go through the proxy are watched and reported.</summary>
    public bool WatchesLeaks { get; init; }

    public static LockPlan Read(string folder) =>
        JsonSerializer.Deserialize(File.ReadAllBytes(Path.Combine(folder, FileName)), LockJson.Default.LockPlan)!;

    public void Write(string folder) => PrivateFile.Write(Path.Combine(folder, FileName), JsonSerializer.SerializeToUtf8Bytes(this, LockJson.Default.LockPlan));
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(LockPlan))]
[JsonSerializable(typeof(List<Leak>))]
internal sealed partial class LockJson : JsonSerializerContext;
