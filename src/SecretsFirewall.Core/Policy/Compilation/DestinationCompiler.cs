using SecretsFirewall.Model;
using SecretsFirewall.Policy.Destinations;
using SecretsFirewall.Policy.Documents;

namespace SecretsFirewall.Policy.Compilation;

/// <summary>From the written destinations to the table by host.</summary>
internal sealed class DestinationCompiler(List<PolicyError> errors)
{
    private readonly List<(string Host, ListedDestination Listed)> _exact = [];
    private readonly List<(string Host, ListedDestination Listed)> _under = [];
    private readonly List<(string Host, ListedDestination Listed)> _globs = [];

    public DestinationTable Compile(PolicyDraft draft)
    {
        draft.RequireUnique(draft.Destinations, "id", destination => destination.Id);
        foreach (var destination in draft.Destinations)
        {
            Add(destination);
        }

        return new DestinationTable(new HostIndex<ListedDestination>(ByHost(_exact), ByHost(_under), ByHost(_globs)), [.. Patterns()]);
    }

    private IEnumerable<HostPattern> Patterns() =>
    [
        .. _exact.SelectMany(static one => HostPattern.Of(one.Listed, HostPatternKind.Exact, [one.Host])),
        .. _under.SelectMany(static one => HostPattern.Of(one.Listed, HostPatternKind.Under, [one.Host])),
        .. _globs.SelectMany(static one => HostPattern.Of(one.Listed, HostPatternKind.Glob, [one.Host])),
    ];

    private void Add(Placed<DestinationDocument> written)
    {
        var document = written.Value;
        if (document.Kind == DestinationKind.Other)
        {
            errors.Add(written.Error("kind", "'other' is what no destination lists."));
        }

        var ports = document.Ports ?? [443];
        if (ports.Length == 0 || ports.Any(port => port is < 1 or > 65535))
        {
            errors.Add(written.Error("ports", "Ports are 1 to 65535, and at least one."));
        }

        var scheme = document.Scheme ?? "https";
        if (scheme is not ("https" or "http"))
        {
            errors.Add(written.Error("scheme", "'https' or 'http'."));
        }

        if ((document.Hosts ?? []).Length + (document.Under ?? []).Length + (document.Glob ?? []).Length == 0)
        {
            errors.Add(written.Error("A destination needs hosts, under or glob."));
        }

        var listed = new ListedDestination(document.Id, document.Kind, document.Provider, scheme, ports, document.AllowPrivate);
        AddAll(_exact, listed, written, "hosts", document.Hosts, HostPatterns.Host);
        AddAll(_under, listed, written, "under", document.Under, HostPatterns.Domain);
        AddAll(_globs, listed, written, "glob", document.Glob, HostPatterns.HostGlob);
    }

    private void AddAll(
        List<(string Host, ListedDestination Listed)> list,
        ListedDestination listed,
        Placed<DestinationDocument> written,
        string member,
        string[]? hosts,
        Func<Placed<string>, List<PolicyError>, string?> read)
    {
        for (var i = 0; i < (hosts ?? []).Length; i++)
        {
            var place = written.Part(hosts![i], $"{member}/{i}");
            if (read(place, errors) is not { } host)
            {
                continue;
            }

            if (list.FirstOrDefault(other => other.Host == host && Overlap(other.Listed, listed)).Listed is { } other)
            {
                errors.Add(place.Error($"'{host}' is listed already, by '{other.Id}'."));
            }

            list.Add((host, listed));
        }
    }

    private static bool Overlap(ListedDestination one, ListedDestination other) =>
        one.Scheme == other.Scheme && one.Ports.Intersect(other.Ports).Any();

    private static ILookup<string, ListedDestination> ByHost(List<(string Host, ListedDestination Listed)> list) =>
        list.ToLookup(entry => entry.Host, entry => entry.Listed, StringComparer.Ordinal);
}
