using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Security.Authentication;

namespace SecretsFirewall.Cli.Bench.Client;

/// <summary>One method per <see cref="JobKind"/>. Every loop ends by the clock.</summary>
internal static class ClientJobs
{
    private const int UploadBlock = 64 * 1024;

    public static async Task<ClientResult> RunAsync(ClientJob job, Traffic? soak, CancellationToken stop)
    {
        if (job.Kind == JobKind.FirstAnswer)
        {
            return await FirstAnswerAsync(job, stop);
        }

        var trust = new ClientTrust(job.CaFiles);
        return job.Kind switch
        {
            JobKind.Requests when job.Request == RequestKind.Upload => await UploadAsync(job, trust, stop),
            JobKind.Requests => await RequestsAsync(job, trust, stop),
            JobKind.Tunnels => await TunnelsAsync(job, trust, stop),
            JobKind.Events => await EventsAsync(job, trust, stop),
            JobKind.Soak when soak is not null => await soak(job, trust, stop),
            JobKind.FirstEvent => await FirstEventAsync(job, trust, stop),
            _ => throw new ArgumentOutOfRangeException(nameof(job), job.Kind, "Unknown job."),
        };
    }

    private static async Task<ClientResult> RequestsAsync(ClientJob job, ClientTrust trust, CancellationToken stop)
    {
        var request = Payloads.Request(job);
        var connections = await Task.WhenAll(Enumerable.Range(0, job.Connections)
            .Select(_ => RawConnection.OpenAsync(job, job.Host, trust, stop)));
        var clock = Stopwatch.StartNew();
        var counts = await Task.WhenAll(connections.Select(async connection =>
        {
            var bytes = 0L;
            var latency = new Latency();
            while (latency.Count < job.Count && clock.Elapsed.TotalSeconds < job.Seconds)
            {
                var sent = Stopwatch.GetTimestamp();
                await connection.SendAsync(request, stop);
                bytes += request.Length + await connection.ReadResponseAsync(static _ => { }, stop);
                latency.Add(Stopwatch.GetElapsedTime(sent));
            }

            return (bytes, latency);
        }));
        var seconds = clock.Elapsed.TotalSeconds;
        await DisposeAllAsync(connections);
        return new ClientResult(counts.Sum(static c => c.latency.Count), counts.Sum(static c => c.bytes), seconds, Latency.Quantiles(counts.Select(static c => c.latency)), null);
    }

    private static async Task<ClientResult> UploadAsync(ClientJob job, ClientTrust trust, CancellationToken stop)
    {
        await using var connection = await RawConnection.OpenAsync(job, job.Host, trust, stop);
        var block = System.Text.Encoding.ASCII.GetBytes(Payloads.Prose(UploadBlock, job.Seed));
        var clock = Stopwatch.StartNew();
        await connection.SendAsync(Payloads.UploadHead(job.Host, job.Size), stop);
        for (var left = job.Size; left > 0; left -= UploadBlock)
        {
            await connection.SendAsync(block.AsMemory(0, (int)Math.Min(left, UploadBlock)), stop);
        }

        await connection.ReadResponseAsync(static _ => { }, stop);
        return new ClientResult(1, job.Size, clock.Elapsed.TotalSeconds, [], null);
    }

    private static async Task<ClientResult> TunnelsAsync(ClientJob job, ClientTrust trust, CancellationToken stop)
    {
        var next = job.FirstName;
        var last = job.FirstName + job.Count;
        var clock = Stopwatch.StartNew();
        var counts = await Task.WhenAll(Enumerable.Range(0, job.Connections).Select(async _ =>
        {
            var latency = new Latency();
            while (clock.Elapsed.TotalSeconds < job.Seconds)
            {
                var number = Interlocked.Increment(ref next) - 1;
                if (number >= last)
                {
                    break;
                }

                var host = string.Create(CultureInfo.InvariantCulture, $"t{number}.{job.Host}");
                var begun = Stopwatch.GetTimestamp();
                await using var connection = await RawConnection.OpenAsync(job, host, trust, stop, bufferSize: 4096);
                await connection.SendAsync(Payloads.Get(job.HostField(host), job.Size), stop);
                await connection.ReadResponseAsync(static _ => { }, stop);
                latency.Add(Stopwatch.GetElapsedTime(begun));
            }

            return latency;
        }));
        return new ClientResult(counts.Sum(static one => one.Count), 0, clock.Elapsed.TotalSeconds, Latency.Quantiles(counts), null);
    }

    private static async Task<ClientResult> EventsAsync(ClientJob job, ClientTrust trust, CancellationToken stop)
    {
        var request = Payloads.Request(job);
        var clock = Stopwatch.StartNew();
        var ages = await Task.WhenAll(Enumerable.Range(0, job.Connections).Select(async _ =>
        {
            await using var connection = await RawConnection.OpenAsync(job, job.Host, trust, stop);
            await connection.SendAsync(request, stop);
            var events = new EventAges();
            await connection.ReadResponseAsync(events.Read, stop);
            return events.Milliseconds;
        }));
        double[] samples = [.. ages.SelectMany(a => a)];
        return new ClientResult(samples.Length, 0, clock.Elapsed.TotalSeconds, samples, null);
    }

    private static async Task<ClientResult> FirstEventAsync(ClientJob job, ClientTrust trust, CancellationToken stop)
    {
        var request = Payloads.Request(job);
        await using var connection = await RawConnection.OpenAsync(job, job.Host, trust, stop);
        var samples = new List<double>();
        var clock = Stopwatch.StartNew();
        while (samples.Count < job.Count && clock.Elapsed.TotalSeconds < job.Seconds)
        {
            var sent = Stopwatch.GetTimestamp();
            var first = TimeSpan.Zero;
            await connection.SendAsync(request, stop);
            await connection.ReadResponseAsync(_ => first = first == TimeSpan.Zero ? Stopwatch.GetElapsedTime(sent) : first, stop);
            samples.Add(first.TotalMilliseconds);
        }

        return new ClientResult(samples.Count, (long)samples.Count * request.Length, clock.Elapsed.TotalSeconds, samples, null);
    }

    private static async Task<ClientResult> FirstAnswerAsync(ClientJob job, CancellationToken stop)
    {
        var clock = Stopwatch.StartNew();
        var last = "nothing was tried";
        while (clock.Elapsed.TotalSeconds < job.Seconds)
        {
            try
            {
                // Read anew each time: at the first start the authority's file is not there yet.
                await using var connection = await RawConnection.OpenAsync(job, job.Host, new ClientTrust(job.CaFiles), stop);
                await connection.SendAsync(Payloads.Get(job.HostField(job.Host), job.Size), stop);
                await connection.ReadResponseAsync(static _ => { }, stop);
                return new ClientResult(1, 0, clock.Elapsed.TotalSeconds, [Stopwatch.GetTimestamp()], null);
            }
            catch (Exception notYet) when (notYet is IOException or SocketException or AuthenticationException)
            {
                last = notYet.Message;
                await Task.Delay(2, stop);
            }
        }

        return ClientResult.Failed($"No answer within {job.Seconds} s: {last}");
    }

    private static async Task DisposeAllAsync(IEnumerable<RawConnection> connections)
    {
        foreach (var connection in connections)
        {
            await connection.DisposeAsync();
        }
    }
}
