using System.Net.Sockets;
using System.Security.Authentication;
using System.Text.Json;

namespace SecretsFirewall.Cli.Bench.Client;

/// <summary>The hidden verb <c>client</c>: reads jobs, one a line, and answers each with one line.</summary>
internal static class ClientProcess
{
    /// <param name="soak">What <see cref="JobKind.Soak"/> is.</param>
    public static async Task<int> RunAsync(TextReader input, TextWriter output, Traffic? soak = null)
    {
        while (await input.ReadLineAsync() is { } line)
        {
            if (line.Length > 0)
            {
                var job = JsonSerializer.Deserialize<ClientJob>(line)!;
                await output.WriteLineAsync(JsonSerializer.Serialize(await TryAsync(job, input, output, soak)));
                await output.FlushAsync();
            }
        }

        return 0;
    }

    private static async Task<ClientResult> TryAsync(ClientJob job, TextReader input, TextWriter output, Traffic? soak)
    {
        // Twice what the job means to take, and then it is over whatever hangs.
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds((job.Seconds * 2) + 20));
        try
        {
            return job.Kind == JobKind.Idle
                ? await IdleStreams.RunAsync(job, input, output, limit.Token)
                : await ClientJobs.RunAsync(job, soak, limit.Token);
        }
        catch (Exception failure) when (failure is IOException or SocketException or AuthenticationException or InvalidDataException or OperationCanceledException)
        {
            return ClientResult.Failed($"{failure.GetType().Name}: {failure.Message}");
        }
    }
}

/// <summary>Does a job, and says what came of it.</summary>
internal delegate Task<ClientResult> Traffic(ClientJob job, ClientTrust trust, CancellationToken stop);
