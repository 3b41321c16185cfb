using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Security.Authentication;
using System.Text;
using SecretsFirewall.Cli.Bench;
using SecretsFirewall.Cli.Bench.Client;

namespace SecretsFirewall.Load.Client;

/// <summary>Traffic of every <see cref="SoakKind"/> side by side, each at its own pace, so that none drowns the others.</summary>
internal sealed class SoakTraffic
{
    private const int Names = 200;

    private const long TransferBytes = 16 * 1024 * 1024;

    private const int UploadBlock = 64 * 1024;

    private const int Messages = 20;

    // A connection is used so often and then closed, as clients do.
    private const int PerConnection = 200;

    private readonly ClientJob _job;
    private readonly ClientTrust _trust;
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly double[] _done = new double[Enum.GetValues<SoakKind>().Length];
    private readonly string _value;
    private readonly byte[] _block;
    private int _failures;
    private string? _failure;
    private int _name;

    private SoakTraffic(ClientJob job, ClientTrust trust)
    {
        _job = job;
        _trust = trust;
        _value = Payloads.Secrets(1, job.Seed).Single().Value;
        _block = Encoding.ASCII.GetBytes(Payloads.Prose(UploadBlock, job.Seed));
    }

    public static async Task<ClientResult> RunAsync(ClientJob job, ClientTrust trust, CancellationToken stop)
    {
        var soak = new SoakTraffic(job, trust);
        var post = Payloads.PostWith(job.Host, soak._value, 16 * 1024, job.Seed);
        var prompt = Payloads.Request(job with { Kind = JobKind.Events, Request = RequestKind.StreamedPrompt, Count = 10, Size = 64 * 1024, Host = BenchHosts.Default.Model });
        var download = Payloads.Get(job.Host, TransferBytes);
        var refused = Payloads.Refused(job.Host);
        await Task.WhenAll(
            soak.OnKeptAsync(SoakKind.Post, 5, job.Host, connection => AskAsync(connection, post, 200, stop), stop),
            soak.OnKeptAsync(SoakKind.Events, 20, BenchHosts.Default.Model, connection => AskAsync(connection, prompt, 200, stop), stop),
            soak.OnKeptAsync(SoakKind.Download, 500, job.Host, connection => AskAsync(connection, download, 200, stop), stop),
            soak.OnKeptAsync(SoakKind.Upload, 500, job.Host, connection => soak.UploadAsync(connection, TransferBytes, stop), stop),
            soak.OnKeptAsync(SoakKind.Refusal, 50, job.Host, connection => AskAsync(connection, refused, 403, stop), stop),
            soak.LoopAsync(SoakKind.Socket, 100, () => soak.SocketAsync(stop), stop),
            soak.LoopAsync(SoakKind.Tunnel, 40, () => soak.TunnelAsync(stop), stop),
            soak.LoopAsync(SoakKind.Abort, 100, () => soak.AbortAsync(stop), stop));
        var error = soak._failures == 0 ? null : string.Create(CultureInfo.InvariantCulture, $"{soak._failures} failed, the first of them: {soak._failure}");
        return new ClientResult((long)soak._done.Sum(), 0, soak._clock.Elapsed.TotalSeconds, soak._done, error);
    }

    /// <summary>Over and over until the time is up. Whatever fails is counted, and the next one begins.</summary>
    private async Task LoopAsync(SoakKind kind, int milliseconds, Func<Task> once, CancellationToken stop)
    {
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(milliseconds));
        while (_clock.Elapsed.TotalSeconds < _job.Seconds && await pace.WaitForNextTickAsync(stop))
        {
            try
            {
                await once();
                _done[(int)kind]++;
            }
            catch (Exception e) when (e is IOException or SocketException or AuthenticationException or InvalidDataException or WebSocketException)
            {
                Interlocked.Increment(ref _failures);
                _failure ??= $"{kind}: {e.GetType().Name}: {e.Message}";
            }
        }
    }

    /// <summary>The same on a connection that is kept for a while.</summary>
    private async Task OnKeptAsync(SoakKind kind, int milliseconds, string host, Func<RawConnection, Task> once, CancellationToken stop)
    {
        RawConnection? connection = null;
        var used = 0;
        await LoopAsync(
            kind,
            milliseconds,
            async () =>
            {
                connection ??= await RawConnection.OpenAsync(_job, host, _trust, stop);
                var isLast = ++used % PerConnection == 0;
                try
                {
                    await once(connection);
                }
                catch
                {
                    isLast = true;
                    throw;
                }
                finally
                {
                    if (isLast)
                    {
                        await connection.DisposeAsync();
                        connection = null;
                    }
                }
            },
            stop);
        if (connection is not null)
        {
            await connection.DisposeAsync();
        }
    }

    private static async Task AskAsync(RawConnection connection, byte[] request, int expected, CancellationToken stop)
    {
        await connection.SendAsync(request, stop);
        var (status, _) = await connection.ReadAnswerAsync(static _ => { }, stop);
        if (status != expected)
        {
            throw new InvalidDataException($"The answer was {status}.");
        }
    }

    private async Task UploadAsync(RawConnection connection, long bytes, CancellationToken stop)
    {
        await connection.SendAsync(Payloads.UploadHead(_job.Host, bytes), stop);
        for (var left = bytes; left > 0; left -= UploadBlock)
        {
            await connection.SendAsync(_block, stop);
        }

        await connection.ReadResponseAsync(static _ => { }, stop);
    }

    private async Task SocketAsync(CancellationToken stop)
    {
        await using var connection = await RawConnection.OpenAsync(_job, _job.Host, _trust, stop);
        var stream = await connection.UpgradeAsync(Payloads.Socket(_job.Host), stop);
        using var socket = WebSocket.CreateFromStream(stream, new WebSocketCreationOptions { IsServer = false });
        var buffer = new byte[4096];
        for (var i = 0; i < Messages; i++)
        {
            var message = Encoding.ASCII.GetBytes(i == Messages / 2 ? $"the key is {_value}" : Payloads.Prose(1024, i));
            await socket.SendAsync(message, WebSocketMessageType.Text, true, stop);
            while (await socket.ReceiveAsync(buffer.AsMemory(), stop) is { EndOfMessage: false })
            {
            }
        }

        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, stop);
    }

    private async Task TunnelAsync(CancellationToken stop)
    {
        var host = BenchHosts.NewName(_name++ % Names);
        await using var connection = await RawConnection.OpenAsync(_job, host, _trust, stop, bufferSize: 4096);
        await connection.SendAsync(Payloads.Get(host, 1024), stop);
        await connection.ReadResponseAsync(static _ => { }, stop);
    }

    private async Task AbortAsync(CancellationToken stop)
    {
        await using var connection = await RawConnection.OpenAsync(_job, _job.Host, _trust, stop);
        await connection.SendAsync(Payloads.UploadHead(_job.Host, TransferBytes), stop);
        await connection.SendAsync(_block, stop);
    }
}
