using System.Buffers;
using System.Collections.Immutable;
using System.Security.Cryptography;
using SecretsFirewall.Model;

namespace SecretsFirewall.Approvals;

/// <summary>Why an admin token or an override was not made or found.</summary>
internal enum OperatorError
{
    None = 0,
    NameInvalid,
    NameTaken,
    RoleInvalid,
    NotFound,
    OverrideInvalid,
    NotAudited,
    StoreUnavailable,
}

internal static class OperatorErrors
{
    public static string Sentence(this OperatorError error) => error switch
    {
        OperatorError.NameInvalid => "A token's name is 1 to 64 of the characters a-z 0-9 _ . -",
        OperatorError.NameTaken => "A token of this name exists; revoke it first.",
        OperatorError.RoleInvalid => $"A role is one of {string.Join(", ", ApproverRoles.All)}.",
        OperatorError.NotFound => "There is none of this name.",
        OperatorError.OverrideInvalid =>
            $"An override names an agent, a rule, a reason code ({string.Join(", ", PolicyOverride.Codes)}), a justification of 10 to 500 characters, and an end at most 4 hours away.",
        OperatorError.NotAudited => "The audit log cannot be written, so nothing was changed.",
        OperatorError.StoreUnavailable => "The firewall's database does not answer; nothing was changed.",
        _ => throw new ArgumentOutOfRangeException(nameof(error)),
    };
}

/// <summary>
/// Who may use the admin API, and which rules are set aside. Answers come from memory; what is changed is stored first. An agent's token is in another list and of
/// another form: it is nobody here.
/// </summary>
internal sealed class OperatorDirectory
{
    private static readonly SearchValues<char> NameCharacters = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789_.-");

    private readonly IOperatorStore _store;
    private readonly TimeProvider _time;
    private readonly Lock _changes = new();
    private volatile ImmutableList<OperatorRecord> _operators;
    private volatile ImmutableList<PolicyOverride> _overrides;

    private OperatorDirectory(IOperatorStore store, TimeProvider time, IEnumerable<OperatorRecord> operators, IEnumerable<PolicyOverride> overrides)
    {
        (_store, _time) = (store, time);
        _operators = [.. operators];
        _overrides = [.. overrides];
    }

    /// <summary>Null if the store cannot be read.</summary>
    public static OperatorDirectory? Open(IOperatorStore store, TimeProvider time) =>
        store.Load() is { } operators && store.LoadOverrides() is { } overrides ? new OperatorDirectory(store, time, operators, overrides) : null;

    public IReadOnlyList<OperatorRecord> List() => _operators;

    /// <summary>The newest first.</summary>
    public IReadOnlyList<PolicyOverride> Overrides() => [.. _overrides.Reverse()];

    /// <param name="record">Called before the token exists; false where it could not be recorded.</param>
    public OperatorError TryAdd(string name, ApproverRole role, Func<bool> record, out string token)
    {
        token = "";
        if (name.Length is < 1 or > 64 || name.AsSpan().ContainsAnyExcept(NameCharacters))
        {
            return OperatorError.NameInvalid;
        }

        if (role is ApproverRole.None)
        {
            return OperatorError.RoleInvalid;
        }

        lock (_changes)
        {
            if (_operators.Exists(one => one.Name == name))
            {
                return OperatorError.NameTaken;
            }

            if (!record())
            {
                return OperatorError.NotAudited;
            }

            var made = AdminToken.Create();
            var added = new OperatorRecord(name, role, AdminToken.Hash(made)!, _time.GetUtcNow());
            if (!_store.Save(added))
            {
                return OperatorError.StoreUnavailable;
            }

            _operators = _operators.Add(added);
            token = made;
            return OperatorError.None;
        }
    }

    public OperatorError TryRemove(string name, Func<bool> record)
    {
        lock (_changes)
        {
            if (_operators.Find(one => one.Name == name) is not { } found)
            {
                return OperatorError.NotFound;
            }

            if (!record())
            {
                return OperatorError.NotAudited;
            }

            if (!_store.Delete(name))
            {
                return OperatorError.StoreUnavailable;
            }

            _operators = _operators.Remove(found);
            return OperatorError.None;
        }
    }

    /// <summary>Null for what is nobody's token. Every record is compared, in constant time each: how long it takes says nothing about what is right.</summary>
    public Approver? Authenticate(string token)
    {
        if (AdminToken.Hash(token) is not { } hash)
        {
            return null;
        }

        OperatorRecord? found = null;
        foreach (var one in _operators)
        {
            found = CryptographicOperations.FixedTimeEquals(one.TokenHash, hash) ? one : found;
        }

        return found is null ? null : new Approver($"token:{found.Name}", found.Role);
    }

    /// <param name="record">Called before it holds; false where it could not be recorded.</param>
    public OperatorError TryOverride(PolicyOverride wanted, Func<PolicyOverride, bool> record, out PolicyOverride made)
    {
        var now = _time.GetUtcNow();
        made = wanted with { Id = ApprovalDesk.NewId(now), CreatedAt = now, EndedAt = null };
        if (wanted.Agent.Length is < 1 or > 64 || wanted.Rule.Length is < 1 or > 128 || !PolicyOverride.Codes.Contains(wanted.Code)
            || wanted.Justification.Trim().Length is < 10 or > 500 || wanted.Until <= now || wanted.Until > now + PolicyOverride.Longest)
        {
            return OperatorError.OverrideInvalid;
        }

        lock (_changes)
        {
            if (!record(made))
            {
                return OperatorError.NotAudited;
            }

            if (!_store.Save(made))
            {
                return OperatorError.StoreUnavailable;
            }

            _overrides = _overrides.Add(made);
            return OperatorError.None;
        }
    }

    public OperatorError TryEndOverride(string id, Func<PolicyOverride, bool> record)
    {
        lock (_changes)
        {
            if (_overrides.Find(one => one.Id == id) is not { } found)
            {
                return OperatorError.NotFound;
            }

            var ended = found with { EndedAt = _time.GetUtcNow() };
            if (!record(ended))
            {
                return OperatorError.NotAudited;
            }

            if (!_store.Save(ended))
            {
                return OperatorError.StoreUnavailable;
            }

            _overrides = _overrides.Replace(found, ended);
            return OperatorError.None;
        }
    }

    /// <summary>The override by which a rule's refusal does not hold now; null where there is none, which is nearly always.</summary>
    public PolicyOverride? OverrideFor(string agent, string rule, string host)
    {
        var all = _overrides;
        if (all.IsEmpty)
        {
            return null;
        }

        var now = _time.GetUtcNow();
        return all.Find(one => one.Agent == agent && one.Rule == rule && (one.Host is null || one.Host == host) && one.HoldsAt(now));
    }
}
