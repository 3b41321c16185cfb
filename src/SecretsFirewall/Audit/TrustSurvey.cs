using System.Numerics;
using System.Text;

namespace SecretsFirewall.Audit;

/// <summary>How far what is recorded can be relied on. The zero value relies on nothing.</summary>
internal enum TrustStatus
{
    /// <summary>The chain does not hold.</summary>
    Compromised = 0,

    /// <summary>The chain holds, and something passed unread, or was only watched, or past a rule that was set aside, or is not signed.</summary>
    Unverified,

    /// <summary>Everything was read, decided and is signed; something was refused.</summary>
    VerifiedWithViolations,

    Verified,
}

/// <summary>What stands against <see cref="TrustStatus.Verified"/>, counted.</summary>
internal readonly record struct TrustCause(string Word, long Count);

/// <summary>Of one session, or of everything.</summary>
/// <param name="Session">Empty for everything. Sessions belong to their agent: two agents' <c>s1</c> are two.</param>
internal sealed record TrustReport(string Session, string Agent, long First, long Last, long Records, TrustStatus Status, IReadOnlyList<TrustCause> Causes);

/// <summary>Looks at each record as the chain is checked, and says at the end what it is worth, by session and altogether.</summary>
internal sealed class TrustSurvey
{
    public const string OpaqueTunnel = "opaque_tunnel";
    public const string ObserveMode = "observe_mode";
    public const string Overridden = "overridden";
    public const string MissingCheckpoint = "missing_checkpoint";
    public const string Repaired = "repaired";
    public const string Resumed = "resumed";
    public const string Violation = "violation";
    public const string Broken = "broken";

    // The log's own names are shorter; a log that somebody made up may say anything.
    private const int MostOnStack = 256;

    // By the number of the bit.
    private static readonly string[] Words = [Violation, OpaqueTunnel, ObserveMode, Overridden, Repaired, Resumed];

    private readonly Dictionary<string, Tally> _sessions = new(StringComparer.Ordinal);
    private readonly Tally _all = new("", "");

    [Flags]
    private enum Causes
    {
        None = 0,
        Violation = 1,
        OpaqueTunnel = 2,
        ObserveMode = 4,
        Overridden = 8,
        Repaired = 16,
        Resumed = 32,
    }

    public void See(ChainLine line)
    {
        var causes = CausesOf(line);
        _all.Add(line.Sequence, causes);
        if (!line.Session.IsEmpty)
        {
            Find(line).Add(line.Sequence, causes);
        }
    }

    public TrustReport Everything(AuditVerification verification) => _all.Report(verification);

    /// <summary>In the order of their first record.</summary>
    public IReadOnlyList<TrustReport> Sessions(AuditVerification verification) => [.. _sessions.Values.Select(one => one.Report(verification)).OrderBy(static one => one.First)];

    // A blank stands in no name.
    private Tally Find(ChainLine line)
    {
        var length = line.Agent.Length + 1 + line.Session.Length;
        Span<char> key = length <= MostOnStack ? stackalloc char[length] : new char[length];
        Encoding.ASCII.GetChars(line.Agent.Span, key);
        key[line.Agent.Length] = ' ';
        Encoding.ASCII.GetChars(line.Session.Span, key[(line.Agent.Length + 1)..]);
        var lookup = _sessions.GetAlternateLookup<ReadOnlySpan<char>>();
        if (!lookup.TryGetValue(key, out var tally))
        {
            lookup[key] = tally = new Tally(Encoding.ASCII.GetString(line.Agent.Span), Encoding.ASCII.GetString(line.Session.Span));
        }

        return tally;
    }

    private static Causes CausesOf(ChainLine line)
    {
        var type = line.Type.Span;
        var verdict = line.Verdict.Span;
        var causes = Causes.None;
        causes |= verdict.SequenceEqual("unverified"u8) && type.SequenceEqual("tunnel_opened"u8) ? Causes.OpaqueTunnel : 0;
        causes |= IsObserved(line) ? Causes.ObserveMode : 0;
        causes |= line.IsOverridden ? Causes.Overridden : 0;
        causes |= type.SequenceEqual("repaired"u8) ? Causes.Repaired : 0;
        causes |= type.SequenceEqual("resumed"u8) ? Causes.Resumed : 0;
        causes |= verdict.SequenceEqual("refused"u8) || line.HasWithheldCall || IsAlert(type) ? Causes.Violation : 0;
        return causes;
    }

    // A policy that only watches says so of each of its records. Policy said no, and it went on all the same: then it only watched, too.
    private static bool IsObserved(ChainLine line)
    {
        var verdict = line.Verdict.Span;
        var outcome = line.Outcome.Span;
        return line.Trust.Span.SequenceEqual("unverified"u8)
            || (verdict.SequenceEqual("forwarded"u8) || verdict.SequenceEqual("changed"u8))
                && (outcome.SequenceEqual("deny"u8) || outcome.SequenceEqual("steer"u8) || outcome.SequenceEqual("pending"u8));
    }

    private static bool IsAlert(ReadOnlySpan<byte> type) =>
        type.SequenceEqual("bypass_attempt"u8) || type.SequenceEqual("canary_sighted"u8) || type.SequenceEqual("killed"u8)
        || type.SequenceEqual("risk_raised"u8) || type.SequenceEqual("probing_suspected"u8);

    private sealed class Tally(string agent, string session)
    {
        private readonly long[] _counts = new long[Words.Length];
        private long _first;
        private long _last;
        private long _records;

        public void Add(long sequence, Causes causes)
        {
            _first = _first == 0 ? sequence : _first;
            _last = sequence;
            _records++;
            for (var left = (uint)causes; left != 0; left &= left - 1)
            {
                _counts[BitOperations.TrailingZeroCount(left)]++;
            }
        }

        public TrustReport Report(AuditVerification verification)
        {
            var causes = new SortedDictionary<string, long>(StringComparer.Ordinal);
            for (var i = 0; i < Words.Length; i++)
            {
                if (_counts[i] > 0)
                {
                    causes[Words[i]] = _counts[i];
                }
            }

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
            return new TrustReport(session, agent, _first, _last, _records, status, [.. causes.Select(static one => new TrustCause(one.Key, one.Value))]);
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
