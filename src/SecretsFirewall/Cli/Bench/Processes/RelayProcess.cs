using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using SecretsFirewall.Cli.Bench.Client;
using SecretsFirewall.Cli.Demo;

namespace SecretsFirewall.Cli.Bench.Processes;

/// <summary>
/// The hidden verb <c>relay DIRECTORY UPSTREAM CAFILE NAME...</c>: the floor. A CONNECT proxy that ends TLS on both sides with one fixed
/// leaf and copies bytes; it reads no HTTP beyond CONNECT. Nothing that intercepts in .NET can cost less.
/// </summary>
internal sealed class RelayProcess
{
    // One TLS record.
    private const int BufferSize = 16 * 1024;

    private readonly IPEndPoint _upstream;
    private readonly ClientTrust _trust;
    private readonly SslServerAuthenticationOptions _server;

    private RelayProcess(IPEndPoint upstream, ClientTrust trust, X509Certificate2 leaf)
    {
        _upstream = upstream;
        _trust = trust;
        _server = new SslServerAuthenticationOptions
        {
            ServerCertificateContext = SslStreamCertificateContext.Create(leaf, null, offline: true),
            ApplicationProtocols = [SslApplicationProtocol.Http11],
        };
    }

    public static async Task<int> RunAsync(
        string directory, string upstream, string upstreamCa, IReadOnlyCollection<string> names, TextReader input, TextWriter output)
    {
        using var certificates = LoopbackCertificates.Create(names, TimeProvider.System);
        var caFile = Path.Combine(directory, "relay-ca.pem");
        await File.WriteAllTextAsync(caFile, certificates.AuthorityPem);

        var relay = new RelayProcess(IPEndPoint.Parse(upstream), new ClientTrust([upstreamCa]), certificates.Leaf);
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start(backlog: 512);
        using var stop = new CancellationTokenSource();
        var accepting = relay.AcceptAsync(listener, stop.Token);

        await output.WriteLineAsync(JsonSerializer.Serialize(new Listening(listener.LocalEndpoint.ToString()!, caFile)));
        await output.FlushAsync();
        await input.ReadToEndAsync();
        await stop.CancelAsync();
        await accepting;
        return 0;
    }

    private async Task AcceptAsync(TcpListener listener, CancellationToken stop)
    {
        try
        {
            while (true)
            {
                _ = RelayAsync(await listener.AcceptSocketAsync(stop), stop);
            }
        }
        catch (OperationCanceledException)
        {
            // The bench is over.
        }
    }

    private async Task RelayAsync(Socket accepted, CancellationToken stop)
    {
        try
        {
            accepted.NoDelay = true;
            await using var client = new NetworkStream(accepted, ownsSocket: true);
            var host = await ReadConnectAsync(client, stop);
            await using var clientTls = new SslStream(client);
            await clientTls.AuthenticateAsServerAsync(_server, stop);

            using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            await socket.ConnectAsync(_upstream, stop);
            await using var upstream = new NetworkStream(socket, ownsSocket: true);
            await using var upstreamTls = new SslStream(upstream);
            await upstreamTls.AuthenticateAsClientAsync(_trust.OptionsFor(host), stop);

            using var either = CancellationTokenSource.CreateLinkedTokenSource(stop);
            var up = clientTls.CopyToAsync(upstreamTls, BufferSize, either.Token);
            var down = upstreamTls.CopyToAsync(clientTls, BufferSize, either.Token);
            await Task.WhenAny(up, down);
            await either.CancelAsync();
            await Task.WhenAll(up, down);
        }
        catch (Exception gone) when (gone is IOException or SocketException or AuthenticationException or OperationCanceledException or ObjectDisposedException)
        {
            // One side left; the client counts what it did not get.
        }
    }

    private static async Task<string> ReadConnectAsync(NetworkStream client, CancellationToken stop)
    {
        var head = new byte[1024];
        var length = 0;
        while (head.AsSpan(0, length).IndexOf("\r\n\r\n"u8) < 0)
        {
            var read = await client.ReadAsync(head.AsMemory(length), stop);
            length += read > 0 ? read : throw new EndOfStreamException();
        }

        await client.WriteAsync("HTTP/1.1 200 OK\r\n\r\n"u8.ToArray(), stop);
        var authority = Encoding.ASCII.GetString(head, 0, length).Split(' ')[1];
        return authority[..authority.LastIndexOf(':')];
    }
}
