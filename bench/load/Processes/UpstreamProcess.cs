using System.Text.Json;
using Microsoft.AspNetCore.Http;
using SecretsFirewall.Cli.Demo;

namespace SecretsFirewall.Load.Processes;

/// <summary>The hidden verb <c>upstream DIRECTORY</c>: the demo's loopback upstream for every name of the bench.</summary>
internal static class UpstreamProcess
{
    public static async Task<int> RunAsync(string directory, TextReader input, TextWriter output)
    {
        await using var upstream = await LoopbackUpstream.StartAsync(
            new LoopbackUpstreamOptions
            {
                Names = BenchNames.All,
                Answers = new Dictionary<string, RequestDelegate> { ["/socket"] = SocketEcho.AnswerAsync },
            },
            CancellationToken.None);
        var caFile = Path.Combine(directory, "upstream-ca.pem");
        await File.WriteAllTextAsync(caFile, upstream.CaPem);
        await output.WriteLineAsync(JsonSerializer.Serialize(new Listening(upstream.EndPoint.ToString(), caFile)));
        await output.FlushAsync();
        await input.ReadToEndAsync();
        return 0;
    }
}

/// <summary>The names that the loopback upstream answers for. The providers' own are used since policy and recognition depend on them.</summary>
internal static class BenchNames
{
    public const string Tool = "api.github.com";

    public const string Model = "api.anthropic.com";

    /// <summary>New tunnels go to <c>tN.</c> under this name, which no policy lists.</summary>
    public const string Domain = "bench.example";

    public static IReadOnlyCollection<string> All { get; } = [Tool, Model, $"*.{Domain}"];
}
