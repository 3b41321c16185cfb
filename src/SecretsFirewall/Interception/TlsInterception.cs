using System.Net.Security;
using System.Security.Authentication;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using SecretsFirewall.Model;

namespace SecretsFirewall.Interception;

/// <summary>
/// Terminates the client's TLS with a leaf for the name that CONNECT gave. A client that names another host inside (SNI) gets a leaf
/// for that name too, so that it can read why each of its requests is answered 421.
/// </summary>
internal sealed class TlsInterception(AuthoritySet authorities, InterceptionOptions options, TimeProvider time)
{
    private readonly LeafCertificateCache _shared = new(authorities.Shared, options, time);
    private readonly Dictionary<string, LeafCertificateCache> _ofAgents =
        authorities.OfAgents.ToDictionary(static one => one.Key, one => new LeafCertificateCache(one.Value, options, time), StringComparer.Ordinal);
    private readonly MintingLimit _limit = new(options, time);

    private static readonly List<SslApplicationProtocol> Protocols = [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11];

    public TlsHandshakeCallbackOptions Options => new() { OnConnection = ChooseAsync, HandshakeTimeout = TimeSpan.FromSeconds(15) };

    private ValueTask<SslServerAuthenticationOptions> ChooseAsync(TlsHandshakeCallbackContext context)
    {
        var tunnel = context.Connection.Features.Get<Tunnel>()
            ?? throw new AuthenticationException("TLS without CONNECT.");
        return new(new SslServerAuthenticationOptions
        {
            ServerCertificateContext = LeafFor(tunnel, context.ClientHelloInfo.ServerName),
            ApplicationProtocols = Protocols,
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            AllowRenegotiation = false,
        });
    }

    private SslStreamCertificateContext LeafFor(Tunnel tunnel, string serverName)
    {
        if (serverName.Length > 0
            && (HostName.TryNormalise(serverName, out var named) is not HostNameError.None || named != tunnel.Host))
        {
            tunnel.MismatchedServerName = named.Length > 0 ? named : "(malformed)";
        }

        var host = tunnel.MismatchedServerName is null or "(malformed)" ? tunnel.Host : tunnel.MismatchedServerName;
        var leaves = _ofAgents.GetValueOrDefault(tunnel.Agent.Name) ?? _shared;
        tunnel.IsBeyondAuthority = leaves.Authority.Constraints?.Permits(host) is false;
        if (!leaves.Contains(host) && !_limit.TryMint(tunnel.Agent.Name))
        {
            tunnel.NamesUsedUp = true;
            throw new AuthenticationException("The agent's hourly number of new names is used up.");
        }

        return leaves.Get(host);
    }
}
