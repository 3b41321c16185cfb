using System.Collections.Frozen;

namespace SecretsFirewall.Restraints.Kills;

/// <summary>What is stopped at one moment; immutable. Asked several times by every exchange, so where nothing is stopped it costs a comparison.</summary>
internal sealed class KillView
{
    private readonly FrozenDictionary<(KillScope Scope, string Name), Kill> _kills;
    private readonly bool _anySessions;
    private readonly bool _anySubdomains;

    private KillView(IEnumerable<Kill> kills)
    {
        _kills = kills.ToFrozenDictionary(static kill => (kill.Scope, KeyOf(kill.Scope, kill.Name)));
        System = Find(KillScope.System, "");
        _anySessions = _kills.Values.Any(static kill => kill.Scope is KillScope.Session);
        _anySubdomains = _kills.Values.Any(static kill => kill.Subdomains);
        StopsTools = _kills.Values.Any(static kill => kill.Scope is KillScope.Tool);
    }

    public static KillView Empty { get; } = new([]);

    public Kill? System { get; }

    public bool StopsTools { get; }

    /// <summary>In the order of their scopes and names.</summary>
    public IReadOnlyList<Kill> All => [.. _kills.Values.OrderBy(static kill => kill.Scope).ThenBy(static kill => kill.Name, StringComparer.Ordinal)];

    public static KillView Of(IEnumerable<Kill> kills) => new(kills);

    public Kill? Find(KillScope scope, string name) => _kills.GetValueOrDefault((scope, KeyOf(scope, name)));

    /// <summary>Why traffic may not go on; null if it may. The widest scope answers.</summary>
    /// <param name="lease">The session of the agent's token: one that the agent names itself is part of it.</param>
    /// <param name="session">As the agent names it.</param>
    /// <param name="host">Normalised.</param>
    public Kill? Traffic(string agent, string lease, string session, string host) =>
        _kills.Count == 0 ? null
        : System ?? Find(KillScope.Agent, agent) ?? Session(agent, lease, session) ?? Host(host);

    /// <summary>Whether a tool's calls are stopped: by the name that the call has, by the canonical one, and by the one behind a namespace (<c>mcp__server__</c>, <c>functions.</c>).</summary>
    public Kill? Tool(string name, string? canonical)
    {
        if (!StopsTools)
        {
            return null;
        }

        return Find(KillScope.Tool, name) ?? (canonical is null ? null : Find(KillScope.Tool, canonical)) ?? Find(KillScope.Tool, BehindNamespace(name));
    }

    public KillView With(Kill kill) => new(_kills.Values.Where(one => one.Scope != kill.Scope || one.Name != kill.Name).Append(kill));

    public KillView Without(Kill kill) => new(_kills.Values.Where(one => one != kill));

    private Kill? Session(string agent, string lease, string session) => !_anySessions ? null
        : Find(KillScope.Session, lease) ?? Find(KillScope.Session, session)
            ?? Find(KillScope.Session, $"{agent}/{lease}") ?? Find(KillScope.Session, $"{agent}/{session}");

    private Kill? Host(string host)
    {
        if (Find(KillScope.Host, host) is { } exact)
        {
            return exact;
        }

        for (var dot = host.IndexOf('.', StringComparison.Ordinal); _anySubdomains && dot >= 0; dot = host.IndexOf('.', dot + 1))
        {
            if (Find(KillScope.Host, host[(dot + 1)..]) is { Subdomains: true } parent)
            {
                return parent;
            }
        }

        return null;
    }

    // Clients put a name before a tool's own, and take it off again before they call it.
    private static string BehindNamespace(string tool) =>
        tool.StartsWith("mcp__", StringComparison.OrdinalIgnoreCase) && tool.LastIndexOf("__", StringComparison.Ordinal) is var at and > 4 ? tool[(at + 2)..]
        : tool[(tool.AsSpan().LastIndexOfAny('.', '/', ':') + 1)..];

    /// <summary>Some agents find a tool whatever the case of its name is.</summary>
    private static string KeyOf(KillScope scope, string name) => scope is KillScope.Tool ? name.ToUpperInvariant() : name;
}
