using System.Net;
using System.Text;
using SecretsFirewall.Model;

namespace SecretsFirewall.Listener;

/// <summary>
/// From <c>Proxy-Authorization: Basic agent:token</c> (RFC 7617) to the agent, or null where a 407 is due. Without the field, a client
/// on this machine is agent <c>local</c> for as long as that agent exists.
/// </summary>
internal sealed class Identification(AgentDirectory agents)
{
    /// <summary>Stands in for a sender that could not be identified, in the audit only.</summary>
    public static readonly AgentIdentity Unidentified = new("(unidentified)", 1, MayBind: false, "(unidentified)");

    /// <summary>Whether an agent that was identified when its tunnel was opened still would be.</summary>
    public bool IsInForce(AgentIdentity agent) => agents.IsInForce(agent);

    public AgentIdentity? Identify(string? credentials, IPAddress? remote)
    {
        if (credentials is null)
        {
            return remote is not null && IPAddress.IsLoopback(remote) ? agents.Local : null;
        }

        const string scheme = "Basic ";
        if (!credentials.StartsWith(scheme, StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        var encoded = credentials.AsSpan(scheme.Length).Trim(' ');
        Span<byte> decoded = stackalloc byte[384];
        if (encoded.Length > 512 || !Convert.TryFromBase64Chars(encoded, decoded, out var length))
        {
            return null;
        }

        var colon = decoded[..length].IndexOf((byte)':');
        return colon <= 0
            ? null
            : Authenticate(Encoding.UTF8.GetString(decoded[..colon]), Encoding.UTF8.GetString(decoded[(colon + 1)..length]));
    }

    public AgentIdentity? Authenticate(string name, string token) => agents.Authenticate(name, token);
}
