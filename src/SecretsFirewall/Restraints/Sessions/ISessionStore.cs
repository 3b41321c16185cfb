using System.Text.Json.Serialization;

namespace SecretsFirewall.Restraints.Sessions;

/// <summary>What a session, or an agent over all its sessions, has done and was seen doing, as it is written down.</summary>
/// <param name="Name">Empty for the agent as a whole.</param>
/// <param name="Refusals">How often it was refused.</param>
/// <param name="KnownHosts">Where the agent has been, ever; empty for a session.</param>
internal sealed record StoredSession(
    string Agent, string Name, StoredTally Tally, IReadOnlyList<SeenSignal> Signals, long Refusals, IReadOnlyList<string> KnownHosts);

/// <summary>What <see cref="Sessions.Tally"/> counts. Exchanges under way and what is reserved for them end with the process.</summary>
internal sealed record StoredTally(
    DateTimeOffset StartedAt, DateTimeOffset LastAt, long Requests, long RequestBytes, long ResponseBytes, long Tokens, decimal Cost, IReadOnlyList<string> Hosts);

/// <summary>What is to be written and forgotten; what is forgotten comes first.</summary>
/// <param name="Ended">With an empty name: all of the agent.</param>
internal sealed record SessionChanges(IReadOnlyList<(string Agent, string Name)> Ended, IReadOnlyList<StoredSession> Written)
{
    public bool IsEmpty => Ended.Count + Written.Count == 0;

    /// <summary>These after <paramref name="earlier"/> ones, which were not written.</summary>
    public SessionChanges After(SessionChanges earlier) => new(
        [.. earlier.Ended, .. Ended],
        [.. earlier.Written.Where(old => !Written.Any(one => IsSame(one, old)) && !Ended.Any(end => end.Agent == old.Agent && (end.Name.Length == 0 || end.Name == old.Name))), .. Written]);

    private static bool IsSame(StoredSession one, StoredSession other) => one.Agent == other.Agent && one.Name == other.Name;
}

/// <summary>The port through which sessions are remembered. Null and false: the store refused, and nothing was changed.</summary>
internal interface ISessionStore
{
    IReadOnlyList<StoredSession>? Load();

    bool Save(SessionChanges changes);
}

/// <summary>How sessions are stored.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(StoredSession))]
internal sealed partial class SessionJson : JsonSerializerContext;
