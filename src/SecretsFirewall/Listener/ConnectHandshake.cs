using System.IO.Pipelines;
using System.Net;
using Microsoft.AspNetCore.Connections;

namespace SecretsFirewall.Listener;

/// <summary>Reads CONNECT and answers what is wrong with it; leaves every other request to the HTTP server.</summary>
internal sealed class ConnectHandshake(ListenerOptions options, Identification identification, IListenerEvents events)
{
    /// <returns>Null where it has been answered, unless it is plain HTTP.</returns>
    public async Task<(bool IsHttp, TunnelRequest? Request)> ReadAsync(ConnectionContext connection, CancellationToken deadline)
    {
        var (read, request) = await ReadHeadAsync(connection.Transport.Input, deadline);
        switch (read)
        {
            case HeadRead.Http:
                return (true, null);
            case HeadRead.Closed:
                return (false, null);
            case HeadRead.Malformed:
                return await RefuseAsync(connection, HandshakeFault.Malformed, ConnectAnswers.Malformed);
            case HeadRead.TooLarge:
                return await RefuseAsync(connection, HandshakeFault.TooLarge, ConnectAnswers.HeadTooLarge);
            case HeadRead.TimedOut:
                return await RefuseAsync(connection, HandshakeFault.TimedOut, ConnectAnswers.Timeout);
        }

        if (identification.Identify(request.Credentials, (connection.RemoteEndPoint as IPEndPoint)?.Address) is not { } agent)
        {
            events.AuthenticationFailed(request.Host, request.Port);
            await connection.EndWithAsync(ConnectAnswers.AuthenticationRequired);
            return (false, null);
        }

        return (false, new TunnelRequest(agent, request.Host, request.Port, ConnectAnswers.Established, ConnectAnswers.NoRoom, MayBeClear: false));
    }

    private async Task<(bool IsHttp, TunnelRequest? Request)> RefuseAsync(ConnectionContext connection, HandshakeFault fault, ReadOnlyMemory<byte> answer)
    {
        events.HandshakeRefused(fault);
        await connection.EndWithAsync(answer);
        return (false, null);
    }

    private async Task<(HeadRead Read, ConnectRequest Request)> ReadHeadAsync(PipeReader input, CancellationToken deadline)
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
                return (HeadRead.TimedOut, default);
            }

            var buffer = read.Buffer;
            switch (ConnectRequest.TryParse(buffer, out var request))
            {
                case ConnectParse.Done when request.Length <= options.HandshakeBytes:
                    input.AdvanceTo(buffer.GetPosition(request.Length));
                    return (HeadRead.Done, request);
                case ConnectParse.NotConnect:
                    input.AdvanceTo(buffer.Start); // nothing examined, so that the next reader sees it at once
                    return (HeadRead.Http, default);
                case ConnectParse.Malformed:
                    input.AdvanceTo(buffer.End);
                    return (HeadRead.Malformed, default);
                default:
                    var tooLarge = buffer.Length >= options.HandshakeBytes;
                    input.AdvanceTo(buffer.Start, buffer.End);
                    if (tooLarge || read.IsCompleted)
                    {
                        return (tooLarge ? HeadRead.TooLarge : HeadRead.Closed, default);
                    }

                    break;
            }
        }
    }

    private enum HeadRead
    {
        Closed = 0,
        Http,
        Done,
        Malformed,
        TooLarge,
        TimedOut,
    }
}
