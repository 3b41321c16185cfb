using System.IO.Pipelines;
using System.Net;
using Microsoft.AspNetCore.Connections;
using SecretsFirewall.Model;

namespace SecretsFirewall.Listener;

/// <summary>
/// The first bytes of a connection decide its way:
/// <code>
///   accept ── 1 peek ──┬─ "CONNECT " ─ 2 parse ─ 3 who? ─ 4 room? ─ 5 "200" ─ 6 peek ─┬─ 0x16 ─► TLS ─► HTTP
///                      │                  └ 400       └ 407     └ 503                 └─ other ─► close, audit
///                      ├─ 0x16 ─────────────────────────────────────────────────────► close
///                      └─ other ─────────────────────────────────────────────────────► plain HTTP (absolute-form)
/// </code>
/// Bytes that it does not consume stay in the pipe for who comes next: a ClientHello may arrive in the same packet as CONNECT.
/// </summary>
internal sealed class ProxyHandshake(
    ListenerOptions options, Identification identification, AgentLimits limits, IListenerEvents events, TimeProvider time)
{
    private const byte TlsHandshakeRecord = 0x16; // RFC 8446 section 5.1

    /// <summary>The HTTP server behind the TLS step, for connections without TLS. Set while the listener's chain is built.</summary>
    public ConnectionDelegate? PlainHttp { get; set; }

    public async Task OnConnectionAsync(ConnectionContext connection, ConnectionDelegate tls)
    {
        using var deadline = new CancellationTokenSource(options.HandshakeTimeout, time);
        var input = connection.Transport.Input;

        // 1 Peek. 2 Parse.
        var (parse, request) = await ReadRequestAsync(input, deadline.Token);
        switch (parse)
        {
            case Handshake.Http:
                await PlainHttp!(connection);
                return;
            case Handshake.Closed:
                return;
            case Handshake.Malformed:
                await AnswerAsync(connection, ConnectAnswers.Malformed);
                return;
            case Handshake.TooLarge:
                await AnswerAsync(connection, ConnectAnswers.HeadTooLarge);
                return;
            case Handshake.TimedOut:
                await AnswerAsync(connection, ConnectAnswers.Timeout);
                return;
        }

        // 3 Who?
        var remote = (connection.RemoteEndPoint as IPEndPoint)?.Address;
        if (identification.Identify(request.Credentials, remote) is not { } agent)
        {
            events.AuthenticationFailed(request.Host, request.Port);
            await AnswerAsync(connection, ConnectAnswers.AuthenticationRequired);
            return;
        }

        // 4 Is there room?
        if (!limits.TryOpenTunnel(agent.Name))
        {
            await AnswerAsync(connection, ConnectAnswers.TooManyTunnels);
            return;
        }

        try
        {
            var tunnel = new Tunnel { Agent = agent, Host = request.Host, Port = request.Port };
            connection.Features.Set(tunnel);
            await RunTunnelAsync(connection, tunnel, tls);
        }
        finally
        {
            limits.CloseTunnel(agent.Name);
        }
    }

    private async Task RunTunnelAsync(ConnectionContext connection, Tunnel tunnel, ConnectionDelegate tls)
    {
        // 5 Accepted: refusals are answered inside, where the agent can read them.
        await connection.Transport.Output.WriteAsync(ConnectAnswers.Established);

        // 6 TLS, or nothing.
        switch (await PeekByteAsync(connection.Transport.Input))
        {
            case TlsHandshakeRecord:
                await tls(connection);
                if (!tunnel.TlsEstablished)
                {
                    events.ClientRejectedCertificate(tunnel);
                }

                break;
            case null:
                break;
            default:
                events.NotTls(tunnel);
                break;
        }
    }

    private async Task<(Handshake Result, ConnectRequest Request)> ReadRequestAsync(PipeReader input, CancellationToken deadline)
    {
        while (true)
        {
            ReadResult read;
            try
            {
                read = await input.ReadAsync(deadline);
            }
            catch (OperationCanceledException)
            {
                return (Handshake.TimedOut, default);
            }

            var buffer = read.Buffer;
            if (buffer.IsEmpty && read.IsCompleted)
            {
                return (Handshake.Closed, default);
            }

            if (!buffer.IsEmpty && buffer.FirstSpan[0] == TlsHandshakeRecord)
            {
                input.AdvanceTo(buffer.Start);
                return (Handshake.Closed, default);
            }

            switch (ConnectRequest.TryParse(buffer, out var request))
            {
                case ConnectParse.Done when request.Length <= options.HandshakeBytes:
                    input.AdvanceTo(buffer.GetPosition(request.Length));
                    return (Handshake.Connect, request);
                case ConnectParse.NotConnect:
                    input.AdvanceTo(buffer.Start); // nothing examined, so that the next reader sees it at once
                    return (Handshake.Http, default);
                case ConnectParse.Malformed:
                    input.AdvanceTo(buffer.End);
                    return (Handshake.Malformed, default);
                default:
                    var tooLarge = buffer.Length >= options.HandshakeBytes;
                    input.AdvanceTo(buffer.Start, buffer.End);
                    if (tooLarge || read.IsCompleted)
                    {
                        return (tooLarge ? Handshake.TooLarge : Handshake.Closed, default);
                    }

                    break;
            }
        }
    }

    private async Task<byte?> PeekByteAsync(PipeReader input)
    {
        using var deadline = new CancellationTokenSource(options.HandshakeTimeout, time);
        try
        {
            var read = await input.ReadAsync(deadline.Token);
            byte? first = read.Buffer.IsEmpty ? null : read.Buffer.FirstSpan[0];
            input.AdvanceTo(read.Buffer.Start);
            return first;
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }

    private static async Task AnswerAsync(ConnectionContext connection, ReadOnlyMemory<byte> answer)
    {
        await connection.Transport.Output.WriteAsync(answer);
        await connection.Transport.Output.CompleteAsync();
    }

    private enum Handshake
    {
        Closed = 0,
        Http,
        Connect,
        Malformed,
        TooLarge,
        TimedOut,
    }
}
