using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace SecretsFirewall.EndToEnd.Tests.Upstreams;

/// <summary>
/// A peer that need not keep to any rule: TLS with the certificate that the test gives, then bytes as the test says. HTTP/1.1 by ALPN.
/// </summary>
internal sealed class RawUpstream : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Func<X509Certificate2> _certificate;
    private readonly Func<SslStream, Task> _converse;
    private readonly Task _accepting;
    private int _handshakes;
    private long _received;

    public RawUpstream(X509Certificate2 certificate, Func<SslStream, Task> converse)
        : this(() => certificate, converse)
    {
    }

    /// <param name="certificate">Asked for each connection.</param>
    public RawUpstream(Func<X509Certificate2> certificate, Func<SslStream, Task> converse)
    {
        _certificate = certificate;
        _converse = converse;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Completed TLS handshakes.</summary>
    public int Handshakes => Volatile.Read(ref _handshakes);

    /// <summary>Decrypted bytes that <see cref="ReadHeadAsync"/> saw.</summary>
    public long Received => Interlocked.Read(ref _received);

    /// <summary>Reads up to and with the blank line that ends a head.</summary>
    public async Task<byte[]> ReadHeadAsync(SslStream stream)
    {
        var head = new List<byte>();
        var one = new byte[1];
        while (!System.Runtime.InteropServices.CollectionsMarshal.AsSpan(head).EndsWith("\r\n\r\n"u8) && await stream.ReadAsync(one, _stop.Token) > 0)
        {
            head.Add(one[0]);
            Interlocked.Increment(ref _received);
        }

        return [.. head];
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting;
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync(_stop.Token);
                _ = ServeAsync(client);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // Stopped.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                await using var stream = new SslStream(client.GetStream());
                await stream.AuthenticateAsServerAsync(
                    new SslServerAuthenticationOptions
                    {
                        ServerCertificateContext = SslStreamCertificateContext.Create(_certificate(), null, offline: true),
                        ApplicationProtocols = [SslApplicationProtocol.Http11],
                    },
                    _stop.Token);
                Interlocked.Increment(ref _handshakes);
                await _converse(stream);
            }
            catch (Exception e) when (e is IOException or AuthenticationException or OperationCanceledException or ObjectDisposedException)
            {
                // The proxy refused our certificate or left: some tests are about that.
            }
        }
    }
}
