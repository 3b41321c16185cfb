using SecretsFirewall.Model;

namespace SecretsFirewall.Listener;

/// <summary>
/// The request target in its two forms (RFC 9112 section 3.2): origin-form inside a tunnel, absolute-form outside. Path and query are kept
/// byte for byte, since request signatures and caches depend on them.
/// </summary>
internal static class RequestTarget
{
    /// <summary>Splits absolute-form into its authority and the rest; false where it is not <paramref name="scheme"/>'s.</summary>
    public static bool TrySplitAbsolute(string target, string scheme, out string authority, out string pathAndQuery)
    {
        authority = pathAndQuery = "";
        var start = scheme.Length + 3;
        if (target.Length <= start
            || !target.StartsWith(scheme, StringComparison.OrdinalIgnoreCase)
            || string.CompareOrdinal(target, scheme.Length, "://", 0, 3) != 0)
        {
            return false;
        }

        var end = target.AsSpan(start).IndexOfAny('/', '?');
        authority = end < 0 ? target[start..] : target.Substring(start, end);
        var rest = end < 0 ? "" : target[(start + end)..];
        pathAndQuery = rest.StartsWith('/') ? rest : "/" + rest;
        return authority.Length > 0;
    }

    /// <summary>Reads <c>host</c> or <c>host:port</c>; userinfo, an empty port and anything that is not a host are refused.</summary>
    public static bool TryParseAuthority(ReadOnlySpan<char> authority, string scheme, out Destination destination)
    {
        destination = new Destination(scheme, "", 0);
        var host = authority;
        var port = scheme == "https" ? 443 : 80;
        var colon = authority.LastIndexOf(':');
        if (colon >= 0 && authority[colon..].IndexOf(']') < 0)
        {
            host = authority[..colon];
            var digits = authority[(colon + 1)..];
            if (digits.Length is 0 or > 5 || digits.ContainsAnyExceptInRange('0', '9') || int.Parse(digits) is var parsed && parsed is 0 or > 65535)
            {
                return false;
            }

            port = parsed;
        }

        if (host.Contains('@') || HostName.TryNormalise(host, out var name) is not HostNameError.None)
        {
            return false;
        }

        destination = new Destination(scheme, name, port);
        return true;
    }
}
