using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;
using SecretsFirewall.Model;

namespace SecretsFirewall.Listener;

/// <summary>
/// The first bytes inside a tunnel decide its way, however it was opened:
/// <code>
///   accepted ── peek ──┬─ ClientHello ──┬─ no rule: TLS with the client ─► HTTP
///                      │                └─ a rule lets it pass unread, and the name inside is its own ─► bytes, counted
///                      ├─ plain HTTP, in a SOCKS tunnel ─► HTTP
///                      └─ other ─► close, audit
/// </code>
/// Plain HTTP comes through SOCKS because its clients send http URLs so; a client of CONNECT sends those in absolute-form, and has no reason to
/// hide them in a tunnel. Either way they are exchanges like all others.
/// </summary>
internal sealed class TunnelEntrance(ListenerOptions options, IOpaqueTunnels opaque, IListenerEvents events, TimeProvider time)
{
    public async Task EnterAsync(ConnectionContext connection, Tunnel tunnel, TunnelRequest request, ConnectionDelegate tls, ConnectionDelegate plainHttp)
    {
        // Accepted: refusals are answered inside, where the agent can read them.
        await connection.Transport.Output.WriteAsync(request.Accepted);
        var (opening, hello) = await PeekAsync(connection.Transport.Input, tunnel, request.MayBeClear);
        switch (opening)
        {
            case TunnelOpening.Hello when opaque.Allows(tunnel):
                await CarryAsync(connection, tunnel, hello);
                break;
            case TunnelOpening.Hello:
                await InterceptAsync(connection, tunnel, hello, tls);
                break;
            case TunnelOpening.PlainHttp:
                tunnel.IsClear = true;
                await plainHttp(connection);
                break;
            case TunnelOpening.NotTls:
                events.TunnelRefused(tunnel, TunnelFault.NotTls);
                break;
            case TunnelOpening.MalformedHello:
                events.TunnelRefused(tunnel, TunnelFault.MalformedHello);
                break;
        }
    }

    private async Task InterceptAsync(ConnectionContext connection, Tunnel tunnel, ClientHello hello, ConnectionDelegate tls)
    {
        await tls(connection);
        if (!tunnel.TlsEstablished)
        {
            events.TunnelRefused(tunnel, WhyNot(tunnel, hello));
        }
    }

    /// <summary>The name outside is all that can be checked of bytes that nobody reads, so it must be the tunnel's.</summary>
    private async Task CarryAsync(ConnectionContext connection, Tunnel tunnel, ClientHello hello)
    {
        if (!hello.Names(tunnel.Host))
        {
            events.TunnelRefused(tunnel, TunnelFault.ServerName);
        }
        else if (!hello.OffersTls12)
        {
            events.TunnelRefused(tunnel, TunnelFault.TlsTooOld);
        }
        else
        {
            await opaque.CarryAsync(tunnel, connection.Transport);
        }
    }

    private static TunnelFault WhyNot(Tunnel tunnel, ClientHello hello) =>
        !hello.OffersTls12 ? TunnelFault.TlsTooOld
        : hello.HasEncryptedHello && !hello.Names(tunnel.Host) ? TunnelFault.EncryptedHello
        : TunnelFault.CertificateRejected;

    /// <returns><see cref="TunnelOpening.NeedMore"/> where the client went away, or said too little in time.</returns>
    private async Task<(TunnelOpening Opening, ClientHello Hello)> PeekAsync(PipeReader input, Tunnel tunnel, bool mayBeClear)
    {
        using var deadline = new CancellationTokenSource(options.HandshakeTimeout, time);
        for (var isSilent = true; ; isSilent = false)
        {
            ReadResult read;
            try
            {
                read = await input.ReadAsync(deadline.Token);
            }
            catch (OperationCanceledException)
            {
                if (!isSilent)
                {
                    events.TunnelRefused(tunnel, TunnelFault.TimedOut); // where nothing came it was opened ahead, most likely
                }

                return (TunnelOpening.NeedMore, default);
            }

            var opening = TunnelOpenings.Of(read.Buffer, mayBeClear, out var hello);
            if (opening is not TunnelOpening.NeedMore || read.IsCompleted)
            {
                input.AdvanceTo(read.Buffer.Start); // nothing examined, so that the next reader sees it at once
                return (opening, hello);
            }

            input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }
}
