using System.Diagnostics;
using System.Text.Json;

namespace SecretsFirewall.Cli.Bench.Client;

/// <summary>Opens streams that say one word and then stay, says so, and holds them until the next line of input.</summary>
internal static class IdleStreams
{
    // So many handshakes at once that two cores are busy, and not so many that the backlog overflows.
    private const int AtOnce = 16;

    public static async Task<ClientResult> RunAsync(ClientJob job, TextReader input, TextWriter output, CancellationToken stop)
    {
        var trust = new ClientTrust(job.CaFiles);
        var request = Payloads.IdleStream(job.Host, job.Seed);
        var streams = new RawConnection?[job.Count];
        var clock = Stopwatch.StartNew();
        try
        {
            await Parallel.ForAsync(0, job.Count, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = stop }, async (i, token) =>
            {
                var stream = await RawConnection.OpenAsync(job, job.Host, trust, token, bufferSize: 4096);
                streams[i] = stream;
                await stream.SendAsync(request, token);
                await stream.ReadFirstBytesAsync(token);
            });
            await output.WriteLineAsync(JsonSerializer.Serialize(new ClientResult(job.Count, 0, clock.Elapsed.TotalSeconds, [], null)));
            await output.FlushAsync(stop);
            await input.ReadLineAsync(stop);
            return new ClientResult(job.Count, 0, clock.Elapsed.TotalSeconds, [], null);
        }
        finally
        {
            foreach (var stream in streams)
            {
                if (stream is not null)
                {
                    await stream.DisposeAsync();
                }
            }
        }
    }
}
