using SecretsFirewall.Model;

namespace SecretsFirewall.Policy.Destinations;

/// <summary>A destination that the policy lists: what it is, and on which ports and scheme it is that.</summary>
internal sealed record ListedDestination(string Id, DestinationKind Kind, string? Provider, string Scheme, IReadOnlyList<int> Ports, bool AllowPrivate)
{
    public bool Covers(Destination destination) => destination.Scheme == Scheme && Ports.Contains(destination.Port);
}

/// <param name="Listed">Null where the policy does not list this host with this port and scheme.</param>
/// <param name="HostListed">The policy lists the host, perhaps with other ports.</param>
internal readonly record struct DestinationMatch(ListedDestination? Listed, bool HostListed);

/// <summary>Which hosts are what. The most specific listing of a host decides: exact before domain (the longer before the shorter) before glob.</summary>
internal sealed class DestinationTable(HostIndex<ListedDestination> index, IReadOnlyList<HostPattern> patterns)
{
    /// <summary>The hosts that are listed with TLS.</summary>
    public IReadOnlyList<HostPattern> Patterns => patterns;

    public DestinationMatch Find(Destination destination)
    {
        var hostListed = false;
        foreach (var candidates in index.For(destination.Host))
        {
            hostListed = true;
            foreach (var candidate in candidates)
            {
                if (candidate.Covers(destination))
                {
                    return new DestinationMatch(candidate, true);
                }
            }
        }

        return new DestinationMatch(null, hostListed);
    }
}
