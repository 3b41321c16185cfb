using SecretsFirewall.Model;

namespace SecretsFirewall.Policy.Destinations;

/// <summary>How a policy names hosts.</summary>
internal enum HostPatternKind
{
    Exact = 0,

    /// <summary>A domain with all its subdomains.</summary>
    Under,

    Glob,
}

/// <summary>Hosts that a policy names, with the ports that it names them for.</summary>
internal sealed record HostPattern(HostPatternKind Kind, string Text, IReadOnlyList<int> Ports)
{
    /// <summary>Some of the hosts that it stands for.</summary>
    public IEnumerable<string> Samples => Kind switch
    {
        HostPatternKind.Under => [Text, $"a.{Text}"],
        HostPatternKind.Glob => [Text.Replace('*', 'a')],
        _ => [Text],
    };

    /// <summary>The longest name below which all of them lie: what stands behind the last label with a star.</summary>
    public string CommonDomain => Kind is HostPatternKind.Glob ? Text[(Text.IndexOf('.', Text.LastIndexOf('*')) + 1)..] : Text;

    public static IEnumerable<HostPattern> Of(ListedDestination listed, HostPatternKind kind, IEnumerable<string> texts) =>
        listed.Scheme == Uri.UriSchemeHttps ? texts.Select(text => new HostPattern(kind, text, listed.Ports)) : [];

    /// <summary>Without names that lie below another one.</summary>
    public static IReadOnlyList<string> Reduce(IEnumerable<string> names)
    {
        var all = names.Distinct(StringComparer.Ordinal).ToList();
        return [.. all.Where(name => !all.Exists(other => other != name && HostName.IsUnder(name, other))).Order(StringComparer.Ordinal)];
    }
}
