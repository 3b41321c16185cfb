using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace SecretsFirewall.EndToEnd.Tests.Drivers;

/// <summary>
/// A client that sends exactly the bytes that it is given: to the proxy, and after <see cref="ConnectAsync"/> and <see cref="StartTlsAsync"/> inside the tunnel.
/// </summary>
internal sealed class RawClient : IAsyncDisposable
{
    private readonly TcpClient _tcp;
    private Stream _stream;
    private RawResponseReader _reader;

    private RawClient(TcpClient tcp)
    {
        _tcp = tcp;
        _stream = tcp.GetStream();
        _reader = new RawResponseReader(_stream);
    }

    public static async Task<RawClient> DialAsync(IPEndPoint proxy)
    {
        var tcp = new TcpClient { NoDelay = true };
        await tcp.ConnectAsync(proxy);
        return new RawClient(tcp);
    }

    /// <summary>A tunnel with TLS in it, ready for a request.</summary>
    /// <param name="certificate">The name that the proxy's certificate must have, where it is not <paramref name="host"/> as it is spelt.</param>
    public static async Task<RawClient> TunnelAsync(IPEndPoint proxy, string caPem, string host, string? credentials = null, string? certificate = null)
    {
        var client = await DialAsync(proxy);
        var answer = await client.ConnectAsync($"{host}:443", credentials);
        Assert.Equal(200, answer.Status);
        await client.StartTlsAsync(certificate ?? host.Trim('[', ']'), caPem);
        return client;
    }

    public async Task<RawResponse> ConnectAsync(string authority, string? credentials = null)
    {
        var authorization = credentials is null
            ? ""
            : $"Proxy-Authorization: Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes(credentials))}\r\n";
        await SendAsync($"CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\n{authorization}\r\n");
        return await ReadResponseAsync("CONNECT");
    }

    /// <summary>Opens a SOCKS5 tunnel by name with the agent's credentials; gives the reply's code.</summary>
    public async Task<byte> SocksAsync(string host, int port, string credentials)
    {
        var (name, token) = (credentials.Split(':')[0], credentials.Split(':')[1]);
        await SendAsync((byte[])
        [
            5, 1, 2,
            1, (byte)name.Length, .. Encoding.ASCII.GetBytes(name), (byte)token.Length, .. Encoding.ASCII.GetBytes(token),
            5, 1, 0, 3, (byte)host.Length, .. Encoding.ASCII.GetBytes(host), (byte)(port >> 8), (byte)port,
        ]);
        var answers = new byte[14];
        await _stream.ReadExactlyAsync(answers).AsTask().WaitAsync(Harness.Patience.Long);
        Assert.Equal([5, 2, 1, 0, 5], answers[..5]);
        return answers[5];
    }

    /// <summary>Terminates in the proxy: trusts <paramref name="caPem"/> alone, and checks the name.</summary>
    public async Task<SslStream> StartTlsAsync(string host, string caPem, SslProtocols protocols = SslProtocols.None, SslApplicationProtocol? protocol = null)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.ImportFromPem(caPem);
        var tls = new SslStream(_stream);
        _stream = tls;
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = host,
            CertificateChainPolicy = policy,
            EnabledSslProtocols = protocols,
            ApplicationProtocols = [protocol ?? SslApplicationProtocol.Http11],
        }).WaitAsync(Harness.Patience.Long);
        _reader = new RawResponseReader(tls);
        return tls;
    }

    /// <summary>TLS as a client starts it that sends no server name; the certificate must be <paramref name="host"/>'s all the same.</summary>
    public async Task StartTlsWithoutNameAsync(string host, string caPem)
    {
        var tls = new SslStream(_stream);
        _stream = tls;
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = "",
            RemoteCertificateValidationCallback = (_, certificate, _, _) =>
            {
                using var chain = new X509Chain();
                chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
                chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
                chain.ChainPolicy.CustomTrustStore.ImportFromPem(caPem);
                using var leaf = new X509Certificate2(certificate!);
                return chain.Build(leaf) && leaf.MatchesHostname(host);
            },
            ApplicationProtocols = [SslApplicationProtocol.Http11],
        }).WaitAsync(Harness.Patience.Long);
        _reader = new RawResponseReader(tls);
    }

    /// <summary>Sends the CONNECT head and the ClientHello in one packet.</summary>
    public async Task StartTlsWithConnectAsync(string connectHead, string host, string caPem)
    {
        _stream = new ConnectInHelloStream(_stream, Encoding.ASCII.GetBytes(connectHead));
        await StartTlsAsync(host, caPem);
    }

    public Task SendAsync(string text) => SendAsync(Encoding.UTF8.GetBytes(text));

    public async Task SendAsync(ReadOnlyMemory<byte> bytes)
    {
        await _stream.WriteAsync(bytes);
        await _stream.FlushAsync();
    }

    public Task<RawResponse> ReadResponseAsync(string method = "GET") => _reader.ReadAsync(method).WaitAsync(Harness.Patience.Long);

    /// <summary>Sends a request head and body with <c>Content-Length</c>, and reads the answer.</summary>
    public async Task<RawResponse> RequestAsync(string method, string target, string host, ReadOnlyMemory<byte> body = default, params IEnumerable<string> headers)
    {
        var head = new StringBuilder($"{method} {target} HTTP/1.1\r\nHost: {host}\r\n");
        foreach (var header in headers)
        {
            head.Append(header).Append("\r\n");
        }

        if (!body.IsEmpty)
        {
            head.Append($"Content-Length: {body.Length}\r\n");
        }

        await SendAsync(head.Append("\r\n").ToString());
        await SendAsync(body);
        return await ReadResponseAsync(method);
    }

    public RawResponseReader Reader => _reader;

    /// <summary>Says that nothing more will be sent; answers can still come.</summary>
    public async Task EndSendingAsync()
    {
        if (_stream is SslStream tls)
        {
            await tls.ShutdownAsync();
        }

        _tcp.Client.Shutdown(SocketShutdown.Send);
    }

    /// <summary>The connection, behind TLS once there is any.</summary>
    public Stream Stream => _stream;

    /// <summary>True if the proxy closes, false if it sends anything.</summary>
    public async Task<bool> IsClosedAsync()
    {
        try
        {
            return await _stream.ReadAsync(new byte[1]).AsTask().WaitAsync(Harness.Patience.Long) == 0;
        }
        catch (IOException)
        {
            return true;
        }
    }

    /// <summary>Sends a reset instead of a proper end.</summary>
    public void Reset()
    {
        _tcp.LingerState = new LingerOption(true, 0);
        _tcp.Close();
    }

    public async ValueTask DisposeAsync()
    {
        await _stream.DisposeAsync();
        _tcp.Dispose();
    }
}
