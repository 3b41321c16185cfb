using System.Collections.Frozen;
using SecretsFirewall.Model;
using SecretsFirewall.Policy.Documents;

namespace SecretsFirewall.Policy.Compilation;

/// <summary>From the base URLs of destinations to the table of names. A name leads to one origin that its own entry lists, and nowhere else.</summary>
internal sealed class UpstreamCompiler(List<PolicyError> errors)
{
    public FrozenDictionary<string, Destination> Compile(PolicyDraft draft)
    {
        var upstreams = new Dictionary<string, Destination>(StringComparer.Ordinal);
        foreach (var written in draft.Destinations)
        {
            if (written.Value.BaseUrl is { } url && Read(written, url) is { } destination)
            {
                upstreams.TryAdd(written.Value.Id, destination); // a second entry of one id was reported
            }
        }

        return upstreams.ToFrozenDictionary(StringComparer.Ordinal);
    }

    private Destination? Read(Placed<DestinationDocument> written, string url)
    {
        var document = written.Value;
        var scheme = document.Scheme ?? "https";
        var ports = document.Ports ?? [443];
        if (Origin(url, scheme) is not { } origin)
        {
            errors.Add(written.Error("base_url", "An origin: the entry's scheme, a host and perhaps a port, and nothing behind."));
            return null;
        }

        var hosts = (document.Hosts ?? []).Select(host => HostName.TryNormalise(host, out var name) is HostNameError.None ? name : null);
        if (!hosts.Contains(origin.Host) || !ports.Contains(origin.Port))
        {
            errors.Add(written.Error("base_url", "It must be one of this entry's 'hosts', with one of its ports."));
            return null;
        }

        return origin;
    }

    private static Destination? Origin(string url, string scheme)
    {
        var start = $"{scheme}://";
        if (!url.StartsWith(start, StringComparison.Ordinal))
        {
            return null;
        }

        var authority = url.AsSpan(start.Length);
        var port = scheme == "https" ? 443 : 80;
        var colon = authority.LastIndexOf(':');
        if (colon >= 0 && authority[colon..].IndexOf(']') < 0)
        {
            var digits = authority[(colon + 1)..];
            if (digits.Length is 0 or > 5 || digits.ContainsAnyExceptInRange('0', '9'))
            {
                return null;
            }

            port = int.Parse(digits, System.Globalization.CultureInfo.InvariantCulture);
            authority = authority[..colon];
        }

        return port is > 0 and <= 65535 && HostName.TryNormalise(authority, out var host) is HostNameError.None
            ? new Destination(scheme, host, port)
            : null;
    }
}
