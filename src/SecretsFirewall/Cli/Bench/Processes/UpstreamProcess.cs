using System.Text.Json;
using Microsoft.AspNetCore.Http;
using SecretsFirewall.Cli.Demo;

namespace SecretsFirewall.Cli.Bench.Processes;

/// <summary>The hidden verb <c>upstream DIRECTORY NAME...</c>: the demo's loopback upstream for every name of the bench.</summary>
internal static class UpstreamProcess
{
    /// <param name="answers">By exact path, beside the upstream's own.</param>
    public static async Task<int> RunAsync(
        string directory, IReadOnlyCollection<string> names, TextReader input, TextWriter output, IReadOnlyDictionary<string, RequestDelegate>? answers = null)
    {
        var options = new LoopbackUpstreamOptions { Names = names };
        await using var upstream = await LoopbackUpstream.StartAsync(answers is null ? options : options with { Answers = answers }, CancellationToken.None);
        var caFile = Path.Combine(directory, "upstream-ca.pem");
        await File.WriteAllTextAsync(caFile, upstream.CaPem);
        await output.WriteLineAsync(JsonSerializer.Serialize(new Listening(upstream.EndPoint.ToString(), caFile)));
        await output.FlushAsync();
        await input.ReadToEndAsync();
        return 0;
    }
}
