using System.Buffers.Text;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace SecretsFirewall.Cli.Bench.Client;

/// <summary>
/// One HTTP/1.1 connection over TLS, straight or through a proxy's CONNECT. It writes prebuilt requests and reads
/// responses with next to no work of its own, so that the client stays cheap beside what it measures.
/// </summary>
internal sealed class RawConnection : IAsyncDisposable
{
    private const int BufferSize = 64 * 1024;

    private readonly SslStream _stream;
    private readonly byte[] _buffer;
    private int _start;
    private int _end;

    private RawConnection(SslStream stream, int bufferSize)
    {
        _stream = stream;
        _buffer = new byte[bufferSize];
    }

    public static async Task<RawConnection> OpenAsync(ClientJob job, string host, ClientTrust trust, CancellationToken stop, int bufferSize = BufferSize)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        var opened = false;
        try
        {
            await socket.ConnectAsync(IPEndPoint.Parse(job.Proxy ?? job.Upstream), stop);
            var network = new NetworkStream(socket, ownsSocket: true);
            if (job.Proxy is not null)
            {
                await ConnectAsync(network, $"{host}:{job.ConnectPort}", stop);
            }

            var tls = new SslStream(network);
            await tls.AuthenticateAsClientAsync(trust.OptionsFor(host), stop);
            opened = true;
            return new RawConnection(tls, bufferSize);
        }
        finally
        {
            if (!opened)
            {
                socket.Dispose();
            }
        }
    }

    public ValueTask SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken stop) => _stream.WriteAsync(bytes, stop);

    /// <summary>Reads one response to its end; returns the length of its body.</summary>
    /// <exception cref="InvalidDataException">It was not a 200.</exception>
    public async Task<long> ReadResponseAsync(Action<ReadOnlySpan<byte>> onBody, CancellationToken stop)
    {
        var (status, received) = await ReadAnswerAsync(onBody, stop);
        return status == 200 ? received : throw new InvalidDataException($"The answer was {status}.");
    }

    /// <summary>The same, whatever its status is.</summary>
    public async Task<(int Status, long Length)> ReadAnswerAsync(Action<ReadOnlySpan<byte>> onBody, CancellationToken stop)
    {
        var (status, length, chunked) = await ReadHeadAsync(stop);
        return (status, chunked ? await ReadChunkedAsync(onBody, stop) : await ReadSizedAsync(length, onBody, stop));
    }

    /// <summary>Sends a request to change the protocol; gives the connection for the new one, where the server waits for our first word.</summary>
    /// <exception cref="InvalidDataException">It was not a 101.</exception>
    public async Task<Stream> UpgradeAsync(ReadOnlyMemory<byte> request, CancellationToken stop)
    {
        await SendAsync(request, stop);
        var (status, _, _) = await ReadHeadAsync(stop);
        return status == 101 ? _stream : throw new InvalidDataException($"The answer was {status}.");
    }

    /// <summary>Reads until the first bytes of a body that does not end are there.</summary>
    public async Task ReadFirstBytesAsync(CancellationToken stop)
    {
        var (status, _, _) = await ReadHeadAsync(stop);
        if (status != 200)
        {
            throw new InvalidDataException($"The answer was {status}.");
        }

        if (_start == _end)
        {
            await FillAsync(stop);
        }
    }

    public ValueTask DisposeAsync() => _stream.DisposeAsync();

    private static async Task ConnectAsync(NetworkStream network, string authority, CancellationToken stop)
    {
        await network.WriteAsync(Encoding.ASCII.GetBytes($"CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\n\r\n"), stop);
        var head = new byte[1024];
        var length = 0;
        while (head.AsSpan(0, length).IndexOf("\r\n\r\n"u8) < 0)
        {
            var read = await network.ReadAsync(head.AsMemory(length), stop);
            length += read > 0 ? read : throw new EndOfStreamException("The proxy closed the connection.");
        }

        if (!head.AsSpan().StartsWith("HTTP/1.1 200"u8))
        {
            throw new InvalidDataException($"The proxy answered {Encoding.ASCII.GetString(head, 9, 3)} to CONNECT.");
        }
    }

    private async Task<(int Status, long Length, bool Chunked)> ReadHeadAsync(CancellationToken stop)
    {
        int end;
        while ((end = _buffer.AsSpan(_start, _end - _start).IndexOf("\r\n\r\n"u8)) < 0)
        {
            await FillAsync(stop);
        }

        var head = _buffer.AsSpan(_start, end + 2);
        _start += end + 4;
        _ = Utf8Parser.TryParse(head[9..], out int status, out _);
        var chunked = FindField(head, "transfer-encoding:"u8).StartsWith("chunked"u8);
        _ = Utf8Parser.TryParse(FindField(head, "content-length:"u8), out long length, out _);
        return (status, length, chunked);
    }

    private static ReadOnlySpan<byte> FindField(ReadOnlySpan<byte> head, ReadOnlySpan<byte> lowerName)
    {
        while (!head.IsEmpty)
        {
            var end = head.IndexOf("\r\n"u8);
            var line = head[..end];
            if (line.Length > lowerName.Length && Ascii.EqualsIgnoreCase(line[..lowerName.Length], lowerName))
            {
                return line[lowerName.Length..].TrimStart((byte)' ');
            }

            head = head[(end + 2)..];
        }

        return default;
    }

    private async Task<long> ReadSizedAsync(long length, Action<ReadOnlySpan<byte>> onBody, CancellationToken stop)
    {
        for (var left = length; left > 0;)
        {
            if (_start == _end)
            {
                await FillAsync(stop);
            }

            var count = (int)Math.Min(left, _end - _start);
            onBody(_buffer.AsSpan(_start, count));
            _start += count;
            left -= count;
        }

        return length;
    }

    private async Task<long> ReadChunkedAsync(Action<ReadOnlySpan<byte>> onBody, CancellationToken stop)
    {
        var received = 0L;
        var body = new ChunkedBody();
        while (!body.IsDone)
        {
            if (_start == _end)
            {
                await FillAsync(stop);
            }

            _start += body.Read(_buffer.AsSpan(_start, _end - _start), data =>
            {
                received += data.Length;
                onBody(data);
            });
        }

        return received;
    }

    private async Task FillAsync(CancellationToken stop)
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
        }

        var read = await _stream.ReadAsync(_buffer.AsMemory(_end), stop);
        _end += read > 0 ? read : throw new EndOfStreamException("The other side closed the connection.");
    }
}

/// <summary>What the client accepts: chains that end in the given authorities, and no others.</summary>
internal sealed class ClientTrust
{
    private readonly X509Certificate2Collection _authorities = [];

    public ClientTrust(IEnumerable<string> caFiles)
    {
        foreach (var file in caFiles)
        {
            _authorities.ImportFromPemFile(file);
        }
    }

    public SslClientAuthenticationOptions OptionsFor(string host)
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
        };
        policy.CustomTrustStore.AddRange(_authorities);
        return new SslClientAuthenticationOptions
        {
            TargetHost = host,
            ApplicationProtocols = [SslApplicationProtocol.Http11],
            CertificateChainPolicy = policy,
        };
    }
}
