using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;
using SecretsFirewall.Listener.Socks;
using SecretsFirewall.Model;

namespace SecretsFirewall.Listener;

/// <summary>
/// The first bytes of a connection decide its way:
/// <code>
///   accept ── 0 room? ── 1 peek ──┬─ "CONNECT " ─ 2 read, who? ─┬─ 3 room? ─ 4 accepted ─ 5 peek (TunnelEntrance)
///                                 ├─ 0x05 SOCKS ─ 2 read, who? ─┘
///                                 ├─ 0x16 TLS ─► close, audit
///                                 └─ other ─► plain HTTP (absolute-form, base URLs)
/// </code>
/// Bytes that it does not consume stay in the pipe for who comes next: a ClientHello may arrive in the same packet as CONNECT.
/// </summary>
internal sealed class ProxyHandshake(
    ListenerOptions options,
    Identification identification,
    AgentLimits limits,
    ConnectionRoom room,
    IOpaqueTunnels opaque,
    IListenerEvents events,
    TimeProvider time)
{
    private const byte TlsHandshakeRecord = 0x16; // RFC 8446 section 5.1

    private readonly ConnectHandshake _connect = new(options, identification, events);
    private readonly SocksHandshake _socks = new(identification, events);
    private readonly TunnelEntrance _entrance = new(options, opaque, events, time);

    /// <summary>The HTTP server behind the TLS step, for connections without TLS. Set while the listener's chain is built.</summary>
    public ConnectionDelegate? PlainHttp { get; set; }

    public async Task OnConnectionAsync(ConnectionContext connection, ConnectionDelegate tls)
    {
        try
        {
            // 0 A file descriptor for it, and one for its upstream.
            var mayStay = room.Enter();
            var (isHttp, request) = await ReadAsync(connection);
            if (!mayStay && (isHttp || request is not null))
            {
                events.HandshakeRefused(HandshakeFault.TooManyConnections, request?.Agent);
                await connection.EndWithAsync(request?.NoRoom ?? ConnectAnswers.NoRoom);
            }
            else if (isHttp)
            {
                await PlainHttp!(connection);
            }
            else if (request is not null)
            {
                await OpenAsync(connection, request, tls);
            }
        }
        catch (Exception e) when (e is ConnectionResetException or ConnectionAbortedException)
        {
            // The client went away in the midst of it: nobody is there to be answered, and it is no error of ours to be logged.
        }
        finally
        {
            room.Leave();
        }
    }

    private async Task<(bool IsHttp, TunnelRequest? Request)> ReadAsync(ConnectionContext connection)
    {
        // 1 Peek. 2 Read. One deadline for both, however slowly the bytes come.
        using var deadline = new CancellationTokenSource(options.HandshakeTimeout, time);
        byte? first;
        try
        {
            first = await PeekAsync(connection.Transport.Input, deadline.Token);
        }
        catch (OperationCanceledException)
        {
            await connection.EndWithAsync(ConnectAnswers.Timeout); // a connection opened ahead, most likely: nothing to record
            return (false, null);
        }

        switch (first)
        {
            case null:
                return (false, null);
            case SocksGreeting.Version:
                return (false, await _socks.ReadAsync(connection, deadline.Token));
            case TlsHandshakeRecord:
                events.HandshakeRefused(HandshakeFault.TlsToUs);
                return (false, null);
            default:
                return await _connect.ReadAsync(connection, deadline.Token);
        }
    }

    private async Task OpenAsync(ConnectionContext connection, TunnelRequest request, ConnectionDelegate tls)
    {
        // 3 Is there room?
        if (!limits.TryOpenTunnel(request.Agent.Name))
        {
            events.HandshakeRefused(HandshakeFault.TooManyTunnels, request.Agent);
            await connection.EndWithAsync(request.NoRoom);
            return;
        }

        try
        {
            // 4 Accepted. 5 What comes inside?
            var tunnel = new Tunnel { Agent = request.Agent, Host = request.Host, Port = request.Port };
            connection.Features.Set(tunnel);
            await _entrance.EnterAsync(connection, tunnel, request, tls, PlainHttp!);
        }
        finally
        {
            limits.CloseTunnel(request.Agent.Name);
        }
    }

    private static async Task<byte?> PeekAsync(PipeReader input, CancellationToken deadline)
    {
        var read = await input.ReadAsync(deadline);
        byte? first = read.Buffer.IsEmpty ? null : read.Buffer.FirstSpan[0];
        input.AdvanceTo(read.Buffer.Start);
        return first;
    }
}
