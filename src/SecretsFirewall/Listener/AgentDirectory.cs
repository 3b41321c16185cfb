using System.Buffers;
using System.Collections.Immutable;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using SecretsFirewall.Model;

namespace SecretsFirewall.Listener;

/// <summary>
/// Who may use the proxy. Answers come from an immutable snapshot, without I/O. Stored tokens identify an agent whose session is its name;
/// a lease is a token in memory only, for one <c>sfw exec</c>, with a session of its own. Agent <see cref="AgentIdentity.Local"/> exists
/// only while no stored token does, and so do leases for it.
/// </summary>
internal sealed partial class AgentDirectory
{
    private const int LowestLevel = 1;
    private const int HighestLevel = 3;
    private const int HashLength = SHA256.HashSizeInBytes;

    private static readonly SearchValues<char> NameCharacters = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789_.-");

    // Nobody without credentials is trusted with more than the lowest level; alone on this machine, it may bind.
    private static readonly AgentIdentity LocalAgent = new(AgentIdentity.Local, LowestLevel, MayBind: true, AgentIdentity.Local);

    private readonly IAgentStore _store;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Lock _changes = new();
    private volatile View _view;

    private AgentDirectory(IAgentStore store, TimeProvider time, ILogger logger, View view)
    {
        _store = store;
        _time = time;
        _logger = logger;
        _view = view;
    }

    /// <summary>Something changed in who may use the proxy. Raised while the change is made: whoever listens notes it and returns.</summary>
    public event Action? Changed;

    /// <summary>An agent was removed. Raised while it is: whoever remembers something under its name forgets it.</summary>
    public event Action<string>? Removed;

    public bool HasAgents => !_view.Records.IsEmpty;

    /// <summary>The agent without credentials; null once a token exists.</summary>
    public AgentIdentity? Local => HasAgents ? null : LocalAgent;

    /// <summary>Null if the store cannot be read.</summary>
    public static AgentDirectory? Open(IAgentStore store, TimeProvider time, ILogger logger) =>
        store.Load() is { } records
            ? new AgentDirectory(store, time, logger, records.Aggregate(View.Empty, static (view, r) => view.With(r)))
            : null;

    /// <summary>What <see cref="TryAdd"/> would say about the name and level by themselves.</summary>
    public static AgentError Check(string name, int level) => name switch
    {
        AgentIdentity.Local => AgentError.NameReserved,
        { Length: < 1 or > 64 } => AgentError.NameInvalid,
        _ when name.AsSpan().ContainsAnyExcept(NameCharacters) => AgentError.NameInvalid,
        _ when level is < LowestLevel or > HighestLevel => AgentError.LevelInvalid,
        _ => AgentError.None,
    };

    /// <summary>Adds an agent; its token is told here and nowhere else. The first one ends agent <c>local</c> and its leases.</summary>
    public AgentError TryAdd(string name, int level, out string token)
    {
        token = "";
        var error = Check(name, level);
        if (error != AgentError.None)
        {
            return error;
        }

        lock (_changes)
        {
            if (_view.Records.ContainsKey(name))
            {
                return AgentError.NameTaken;
            }

            var created = AgentToken.Create();
            var record = new AgentRecord(name, level, HashOf(created), _time.GetUtcNow());
            if (!_store.Save(record))
            {
                return AgentError.StoreUnavailable;
            }

            Publish(_view.WithoutCredentials(AgentIdentity.Local).With(record));
            token = created;
            LogAdded(_logger, name, level);
            return AgentError.None;
        }
    }

    /// <summary><see cref="TryAdd"/> for names that are known to be free and well-formed.</summary>
    /// <exception cref="InvalidOperationException">It was not added.</exception>
    public string Add(string name, int level) =>
        TryAdd(name, level, out var token) is var error and not AgentError.None ? throw new InvalidOperationException(error.Sentence()) : token;

    /// <summary>Removes the agent with its token and leases, at once. False if there is none, or if the store could not forget it.</summary>
    public bool Remove(string name) => TryRemove(name) == AgentError.None;

    public AgentError TryRemove(string name)
    {
        lock (_changes)
        {
            if (!_view.Records.ContainsKey(name))
            {
                return AgentError.NotFound;
            }

            if (!_store.Delete(name))
            {
                return AgentError.StoreUnavailable;
            }

            Publish(_view.Without(name));
            Removed?.Invoke(name);
            LogRemoved(_logger, name);
            return AgentError.None;
        }
    }

    /// <summary>By name.</summary>
    public IReadOnlyList<AgentRecord> List() => [.. _view.Records.Values.OrderBy(static r => r.Name, StringComparer.Ordinal)];

    /// <summary>Null unless <paramref name="token"/> belongs to <paramref name="user"/>. Compares hashes in constant time; allocates nothing.</summary>
    public AgentIdentity? Authenticate(string user, string token)
    {
        if (!AgentToken.IsWellFormed(token))
        {
            return null;
        }

        Span<byte> hash = stackalloc byte[HashLength];
        AgentToken.Hash(token, hash);
        AgentIdentity? found = null;
        foreach (var credential in _view.CredentialsOf(user))
        {
            found = CryptographicOperations.FixedTimeEquals(credential.Hash, hash) ? credential.Identity : found;
        }

        return found;
    }

    /// <summary>
    /// Whether an identity that this directory gave earlier still stands. A tunnel outlives its CONNECT by hours, and neither a removed agent
    /// nor an ended lease may go on in it; an agent that was added again under the same name is another one.
    /// </summary>
    public bool IsInForce(AgentIdentity agent)
    {
        if (ReferenceEquals(agent, LocalAgent))
        {
            return !HasAgents;
        }

        foreach (var credential in _view.CredentialsOf(agent.Name))
        {
            if (ReferenceEquals(credential.Identity, agent))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Makes a token that lives in memory until <see cref="Release"/>, with the agent's level and a session of its own.</summary>
    public AgentError TryLease(string agentName, string session, out string token)
    {
        token = "";
        if (session.Length is 0 or > 128 || session.AsSpan().ContainsAnyExceptInRange('!', '~'))
        {
            return AgentError.SessionInvalid;
        }

        lock (_changes)
        {
            var agent = agentName == AgentIdentity.Local
                ? Local
                : _view.Records.TryGetValue(agentName, out var record) ? IdentityOf(record) : null;
            if (agent is null)
            {
                return AgentError.NotFound;
            }

            token = AgentToken.Create();
            Publish(_view.With(new Credential(HashOf(token), agent with { Session = session })));
            LogLeased(_logger, agentName, session);
            return AgentError.None;
        }
    }

    /// <summary><see cref="TryLease"/> for agents that are known to exist.</summary>
    /// <exception cref="InvalidOperationException">There is no such agent, or agent <c>local</c> is off.</exception>
    public string Lease(string agentName, string session) =>
        TryLease(agentName, session, out var token) is var error and not AgentError.None ? throw new InvalidOperationException(error.Sentence()) : token;

    /// <summary>Ends a lease. False if the token is none.</summary>
    public bool Release(string token)
    {
        if (!AgentToken.IsWellFormed(token))
        {
            return false;
        }

        var hash = HashOf(token);
        lock (_changes)
        {
            var before = _view;
            Publish(before.WithoutLease(hash));
            return !ReferenceEquals(before, _view);
        }
    }

    private void Publish(View view)
    {
        _view = view;
        Changed?.Invoke();
    }

    private static AgentIdentity IdentityOf(AgentRecord record) => new(record.Name, record.Level, MayBind: true, record.Name);

    private static byte[] HashOf(string token)
    {
        var hash = new byte[HashLength];
        AgentToken.Hash(token, hash);
        return hash;
    }

    [LoggerMessage(1100, LogLevel.Information, "Agent {Name} added at level {Level}.")]
    private static partial void LogAdded(ILogger logger, string name, int level);

    [LoggerMessage(1101, LogLevel.Information, "Agent {Name} removed.")]
    private static partial void LogRemoved(ILogger logger, string name);

    [LoggerMessage(1102, LogLevel.Information, "Agent {Name} leased a token for session {Session}.")]
    private static partial void LogLeased(ILogger logger, string name, string session);

    private sealed record Credential(byte[] Hash, AgentIdentity Identity);

    private sealed record View(ImmutableDictionary<string, AgentRecord> Records, ImmutableDictionary<string, ImmutableArray<Credential>> Credentials)
    {
        public static View Empty { get; } = new(
            ImmutableDictionary.Create<string, AgentRecord>(StringComparer.Ordinal),
            ImmutableDictionary.Create<string, ImmutableArray<Credential>>(StringComparer.Ordinal));

        public ImmutableArray<Credential> CredentialsOf(string agent) => Credentials.GetValueOrDefault(agent, []);

        public View With(AgentRecord record) =>
            (this with { Records = Records.SetItem(record.Name, record) }).With(new Credential(record.TokenHash, IdentityOf(record)));

        public View With(Credential credential) =>
            this with { Credentials = Credentials.SetItem(credential.Identity.Name, CredentialsOf(credential.Identity.Name).Add(credential)) };

        public View Without(string agent) => WithoutCredentials(agent) with { Records = Records.Remove(agent) };

        public View WithoutCredentials(string agent) => this with { Credentials = Credentials.Remove(agent) };

        public View WithoutLease(byte[] hash)
        {
            foreach (var (agent, credentials) in Credentials)
            {
                var stored = Records.GetValueOrDefault(agent)?.TokenHash;
                var lease = credentials.FirstOrDefault(c => c.Hash != stored && CryptographicOperations.FixedTimeEquals(c.Hash, hash));
                if (lease is not null)
                {
                    return this with { Credentials = Credentials.SetItem(agent, credentials.Remove(lease)) };
                }
            }

            return this;
        }
    }
}
