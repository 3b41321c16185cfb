using System.Text;

namespace SecretsFirewall.Audit;

/// <summary>How far what is recorded can be relied on. The zero value relies on nothing.</summary>
internal enum TrustStatus
{
    /// <summary>The chain does not hold.</summary>
    Compromised = 0,

    /// <summary>The chain holds, and something passed unread, or was only watched, or is not signed.</summary>
    Unverified,

    /// <summary>Everything was read, decided and is signed; something was refused.</summary>
    VerifiedWithViolations,

    Verified,
}

/// <summary>What stands against <see cref="TrustStatus.Verified"/>, counted.</summary>
internal readonly record struct TrustCause(string Word, long Count);

/// <summary>Of one session, or of everything.</summary>
/// <param name="Session">Empty for everything.</param>
internal sealed record TrustReport(string Session, string Agent, long First, long Last, long Records, TrustStatus Status, IReadOnlyList<TrustCause> Causes);

/// <summary>Looks at each record as the chain is checked, and says at the end what it is worth, by session and altogether.</summary>
internal sealed class TrustSurvey
{
    public const string OpaqueTunnel = "opaque_tunnel";
    public const string ObserveMode = "observe_mode";
    public const string MissingCheckpoint = "missing_checkpoint";
    public const string Repaired = "repaired";
    public const string Resumed = "resumed";
    public const string Violation = "violation";
    public const string Broken = "broken";

    private readonly Dictionary<string, Tally> _sessions = new(StringComparer.Ordinal);
    private readonly Tally _all = new("");

    public void See(ChainLine line)
    {
        var cause = CauseOf(line);
        _all.Add(line.Sequence, cause);
        if (!line.Session.IsEmpty)
        {
            Find(line).Add(line.Sequence, cause);
        }
    }

    public TrustReport Everything(AuditVerification verification) => _all.Report(verification);

    /// <summary>In the order of their first record.</summary>
    public IReadOnlyList<TrustReport> Sessions(AuditVerification verification) => [.. _sessions.Select(one => one.Value.Report(verification) with { Session = one.Key }).OrderBy(static one => one.First)];

    private Tally Find(ChainLine line)
    {
        Span<char> name = stackalloc char[line.Session.Length];
        Encoding.ASCII.GetChars(line.Session.Span, name);
        var lookup = _sessions.GetAlternateLookup<ReadOnlySpan<char>>();
        if (!lookup.TryGetValue(name, out var tally))
        {
            lookup[name] = tally = new Tally(Encoding.ASCII.GetString(line.Agent.Span));
        }

        return tally;
    }

    private static string? CauseOf(ChainLine line)
    {
        var type = line.Type.Span;
        var verdict = line.Verdict.Span;
        var outcome = line.Outcome.Span;
        if (verdict.SequenceEqual("unverified"u8) && type.SequenceEqual("tunnel_opened"u8))
        {
            return OpaqueTunnel;
        }

        // A policy that only watches says so of each of its records. Policy said no, and it went on all the same: then it only watched, too.
        if (line.Trust.Span.SequenceEqual("unverified"u8)
            || (verdict.SequenceEqual("forwarded"u8) || verdict.SequenceEqual("changed"u8))
                && (outcome.SequenceEqual("deny"u8) || outcome.SequenceEqual("steer"u8) || outcome.SequenceEqual("pending"u8)))
        {
            return ObserveMode;
        }

        return type.SequenceEqual("repaired"u8) ? Repaired
            : type.SequenceEqual("resumed"u8) ? Resumed
            : verdict.SequenceEqual("refused"u8) || type.SequenceEqual("bypass_attempt"u8) || type.SequenceEqual("canary_sighted"u8)
                || type.SequenceEqual("killed"u8) || type.SequenceEqual("risk_raised"u8) || type.SequenceEqual("probing_suspected"u8) ? Violation
            : null;
    }

    private sealed class Tally(string agent)
    {
        private readonly SortedDictionary<string, long> _causes = new(StringComparer.Ordinal);
        private long _first;
        private long _last;
        private long _records;

        public void Add(long sequence, string? cause)
        {
            _first = _first == 0 ? sequence : _first;
            _last = sequence;
            _records++;
            if (cause is not null)
            {
                _causes[cause] = _causes.GetValueOrDefault(cause) + 1;
            }
        }

        public TrustReport Report(AuditVerification verification)
        {
            var causes = new SortedDictionary<string, long>(_causes, StringComparer.Ordinal);
            if (!verification.IsWhole)
            {
                causes[Broken] = 1;
            }
            else if (_last > verification.SignedThrough)
            {
                causes[MissingCheckpoint] = _last - Math.Max(verification.SignedThrough, _first - 1);
            }

            var status = !verification.IsWhole ? TrustStatus.Compromised
                : causes.Keys.Any(static cause => cause is not Violation) ? TrustStatus.Unverified
                : causes.Count > 0 ? TrustStatus.VerifiedWithViolations
                : TrustStatus.Verified;
            return new TrustReport("", agent, _first, _last, _records, status, [.. causes.Select(static one => new TrustCause(one.Key, one.Value))]);
        }
    }
}

internal static class TrustStatuses
{
    public static string Word(this TrustStatus status) => status switch
    {
        TrustStatus.Verified => "verified",
        TrustStatus.VerifiedWithViolations => "verified_with_violations",
        TrustStatus.Unverified => "unverified",
        _ => "compromised",
    };
}
