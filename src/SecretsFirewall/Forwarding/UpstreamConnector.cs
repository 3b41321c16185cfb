using System.Net;
using System.Net.Sockets;
using SecretsFirewall.Model;

namespace SecretsFirewall.Forwarding;

/// <summary>Resolves a name; a port, so that a test can give two different answers.</summary>
internal delegate Task<IPAddress[]> NameResolver(string host, CancellationToken cancellationToken);

/// <summary>
/// Opens the TCP connection of an upstream leg: the name is resolved once, every answer is checked, and one of those very addresses is
/// connected to, so that a second answer (DNS rebinding) is never asked for. One forbidden address among the answers refuses the name.
/// </summary>
/// <param name="room">How many connections may be open. The runtime itself does not survive it when the last file is gone.</param>
internal sealed class UpstreamConnector(ForwardingOptions options, OwnListeners own, NameResolver resolve, UpstreamRoom room)
{
    private readonly Dictionary<string, IPEndPoint> _fixed = options.Hosts.ToDictionary(
        pair => pair.Key.ToLowerInvariant(), pair => IPEndPoint.Parse(pair.Value), StringComparer.Ordinal);

    /// <exception cref="RefusedException">The name or its address is refused or unreachable.</exception>
    public async ValueTask<Stream> ConnectAsync(DnsEndPoint target, bool allowPrivate, CancellationToken cancellationToken)
    {
        var endPoints = await ResolveAsync(target, allowPrivate, cancellationToken);
        SocketException? last = null;
        foreach (var endPoint in endPoints)
        {
            if (!room.TryEnter())
            {
                throw new RefusedException(NoRoom);
            }

            UpstreamStream? stream = null;
            Socket? socket = null;
            try
            {
                socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                await socket.ConnectAsync(endPoint, cancellationToken);
                return stream = new UpstreamStream(socket, room);
            }
            catch (SocketException e) when (e.SocketErrorCode is SocketError.TooManyOpenSockets)
            {
                throw new RefusedException(NoRoom);
            }
            catch (SocketException e)
            {
                last = e;
            }
            finally
            {
                if (stream is null)
                {
                    socket?.Dispose();
                    room.Leave();
                }
            }
        }

        throw new RefusedException(new Refusal(
            RefusalCode.UpstreamUnreachable,
            last?.SocketErrorCode is SocketError.ConnectionRefused ? "The upstream refused the connection." : "The upstream could not be reached."));
    }

    /// <summary>Nobody's fault upstream.</summary>
    private static Refusal NoRoom { get; } = new(
        RefusalCode.Overloaded,
        "The firewall may not open more connections to upstreams; none was made.",
        Rule: "limits.connections",
        Advice: "The operator can let the process open more files (ulimit -n).",
        RetryAfterSeconds: 5);

    private async Task<IReadOnlyList<IPEndPoint>> ResolveAsync(DnsEndPoint target, bool allowPrivate, CancellationToken cancellationToken)
    {
        if (_fixed.TryGetValue($"{target.Host}:{target.Port}", out var mapped))
        {
            return own.Contains(mapped) ? throw Denied("our own listener") : [mapped];
        }

        if (AddressRules.IsMetadataName(target.Host))
        {
            throw Denied("a cloud metadata service");
        }

        var addresses = await LookUpAsync(target.Host, cancellationToken);
        foreach (var address in addresses)
        {
            switch (AddressRules.Classify(address))
            {
                case AddressClass.Metadata:
                    throw Denied("a cloud metadata service");
                case AddressClass.Private when !allowPrivate:
                    throw Denied("a private address");
                case AddressClass.Unusable:
                    throw Denied("an address that is reserved");
            }

            if (own.Contains(new IPEndPoint(address, target.Port)))
            {
                throw Denied("our own listener");
            }
        }

        return [.. addresses.Select(address => new IPEndPoint(address, target.Port))];
    }

    private async Task<IPAddress[]> LookUpAsync(string host, CancellationToken cancellationToken)
    {
        if (IPAddress.TryParse(host, out var literal))
        {
            return [literal];
        }

        try
        {
            var addresses = await resolve(host, cancellationToken);
            return addresses.Length > 0 ? addresses : throw NotFound();
        }
        catch (SocketException)
        {
            throw NotFound();
        }
    }

    private static RefusedException Denied(string what) => new(new Refusal(
        RefusalCode.UpstreamAddressDenied,
        $"The host is, or resolves to, {what}.",
        Rule: "addresses",
        Advice: "If this private destination is wanted, its entry in the policy's destinations needs allow_private: true."));

    private static RefusedException NotFound() => new(new Refusal(RefusalCode.UpstreamNameNotFound, "The upstream's name could not be resolved."));
}
