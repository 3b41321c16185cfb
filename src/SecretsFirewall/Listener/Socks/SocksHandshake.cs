using System.Net;
using Microsoft.AspNetCore.Connections;
using SecretsFirewall.Model;

namespace SecretsFirewall.Listener.Socks;

/// <summary>
/// The server's side of SOCKS5 (RFC 1928) up to the request:
/// <code>
///   client   greeting ─────► name and token (RFC 1929) ─────► request ─────► bytes of the tunnel
///   we                method ◄─────                  status ◄─────    reply ◄─────
/// </code>
/// Without credentials for whom CONNECT needs none: agent <c>local</c>. A client that offers credentials is asked for them, so that a wrong
/// token is refused here as it is there.
/// </summary>
internal sealed class SocksHandshake(Identification identification, IListenerEvents events)
{
    /// <returns>Null where it has been answered.</returns>
    public async Task<TunnelRequest?> ReadAsync(ConnectionContext connection, CancellationToken deadline)
    {
        if (await IdentifyAsync(connection, deadline) is not { } agent)
        {
            return null;
        }

        var (read, request) = await HandshakeReader.ReadAsync<SocksRequest>(connection.Transport.Input, deadline);
        if (read is not HandshakeRead.Done)
        {
            Report(read, agent);
            return null;
        }

        if (request.Reply is not SocksReply.Succeeded)
        {
            events.HandshakeRefused(request.Reply is SocksReply.CommandNotSupported ? HandshakeFault.SocksCommand : HandshakeFault.Malformed, agent);
            await connection.EndWithAsync(SocksAnswers.Of(request.Reply));
            return null;
        }

        return new TunnelRequest(agent, request.Host, request.Port, SocksAnswers.Established, SocksAnswers.Of(SocksReply.GeneralFailure), MayBeClear: true);
    }

    private async Task<AgentIdentity?> IdentifyAsync(ConnectionContext connection, CancellationToken deadline)
    {
        var (read, greeting) = await HandshakeReader.ReadAsync<SocksGreeting>(connection.Transport.Input, deadline);
        if (read is not HandshakeRead.Done)
        {
            Report(read, null);
            return null;
        }

        if (greeting.OffersPassword)
        {
            return await AuthenticateAsync(connection, deadline);
        }

        if (greeting.OffersNone && identification.Identify(null, (connection.RemoteEndPoint as IPEndPoint)?.Address) is { } local)
        {
            await connection.Transport.Output.WriteAsync(SocksAnswers.UseNone, CancellationToken.None);
            return local;
        }

        events.AuthenticationFailed(null, 0);
        await connection.EndWithAsync(SocksAnswers.NoMethod);
        return null;
    }

    private async Task<AgentIdentity?> AuthenticateAsync(ConnectionContext connection, CancellationToken deadline)
    {
        await connection.Transport.Output.WriteAsync(SocksAnswers.UsePassword, CancellationToken.None);
        var (read, credentials) = await HandshakeReader.ReadAsync<SocksCredentials>(connection.Transport.Input, deadline);
        if (read is not HandshakeRead.Done)
        {
            Report(read, null);
            return null;
        }

        if (identification.Authenticate(credentials.Name, credentials.Password) is { } agent)
        {
            await connection.Transport.Output.WriteAsync(SocksAnswers.Authenticated, CancellationToken.None);
            return agent;
        }

        events.AuthenticationFailed(null, 0);
        await connection.EndWithAsync(SocksAnswers.NotAuthenticated);
        return null;
    }

    private void Report(HandshakeRead read, AgentIdentity? agent)
    {
        if (read is not HandshakeRead.Closed)
        {
            events.HandshakeRefused(read is HandshakeRead.TimedOut ? HandshakeFault.TimedOut : HandshakeFault.Malformed, agent);
        }
    }
}
