using SecretsFirewall.Audit;
using SecretsFirewall.Model;

namespace SecretsFirewall.Tests.Audit;

/// <summary>When the log signs, rolls, removes, and when it takes nothing.</summary>
public sealed class CheckpointTests : IDisposable
{
    private readonly SignedChain _chain = new();

    public void Dispose() => _chain.Dispose();

    [Fact]
    public void TryAppend_EveryTenRecords_ACheckpointFollows()
    {
        using (var log = _chain.Open())
        {
            for (var i = 0; i < 35; i++)
            {
                log.TryAppend(SignedChain.Intent(i));
            }

            Assert.Equal(3, Records().Count(static one => one.Type == AuditTypes.Checkpoint));
        }

        Assert.Equal(4, Records().Count(static one => one.Type == AuditTypes.Checkpoint)); // and at the end
    }

    [Fact]
    public void Time_AfterTenSeconds_SignsWhatIsNewAndNothingWhereNothingIs()
    {
        using var log = _chain.Open();
        log.TryAppend(SignedChain.Intent(1));
        _chain.Time.Advance(TimeSpan.FromSeconds(10));
        _chain.Time.Advance(TimeSpan.FromSeconds(10));
        _chain.Time.Advance(TimeSpan.FromSeconds(10));

        Assert.Equal([AuditTypes.Key, AuditTypes.Outcome, AuditTypes.Checkpoint], Records().Select(static one => one.Type));
        Assert.Equal(_chain.Mark, new AuditMark(3, Entries()[2].Hash));
    }

    [Fact]
    public void Time_SegmentOlderThanItsAge_IsClosedAndTheChainGoesOn()
    {
        using (var log = _chain.Open(new AuditOptions { Directory = "", SegmentAge = TimeSpan.FromHours(1) }))
        {
            log.TryAppend(SignedChain.Intent(1));
            _chain.Time.Advance(TimeSpan.FromMinutes(59));
            log.TryAppend(SignedChain.Intent(2));
            _chain.Time.Advance(TimeSpan.FromMinutes(2));
            log.TryAppend(SignedChain.Intent(3));
        }

        Assert.Equal(2, AuditReader.Segments(_chain.Directory).Count());
        Assert.True(_chain.Verify() is { IsWhole: true, Unsigned: 0 });
    }

    [Fact]
    public void Open_BehindItsMark_TakesNothingUntilTheRecordsAreBack()
    {
        _chain.Write(95);
        var last = AuditReader.Segments(_chain.Directory).Last();
        File.Move(last, _chain.Folder + "/aside");

        using var log = _chain.Open(mark: _chain.Mark);
        Assert.Equal(AuditTrouble.RecordsMissing, log.Trouble);
        Assert.False(log.TryAppend(SignedChain.Intent(1)));

        File.Move(_chain.Folder + "/aside", last, overwrite: true);
        _chain.Time.Advance(TimeSpan.FromSeconds(2));
        Assert.True(log.TryAppend(SignedChain.Intent(2)));
        Assert.True(log.TryCheckpoint());
        Assert.True(_chain.Verify() is { IsWhole: true });
    }

    [Theory]
    [InlineData("deleted")]
    [InlineData("folder deleted")]
    [InlineData("cut")]
    [InlineData("replaced")]
    public void TryAppend_LogTamperedWithWhileItIsOpen_IsRefusedUntilItIsPutBack(string what)
    {
        using var log = _chain.Open();
        Enumerable.Range(0, 25).ToList().ForEach(i => log.TryAppend(SignedChain.Intent(i)));
        var path = AuditReader.Segments(_chain.Directory).Last();
        var copy = AuditReader.Segments(_chain.Directory).ToDictionary(static one => one, File.ReadAllBytes);
        switch (what)
        {
            case "deleted":
                File.Delete(path);
                break;
            case "folder deleted":
                Directory.Delete(_chain.Directory, recursive: true);
                break;
            case "cut":
                using (var file = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
                {
                    file.SetLength(copy[path].Length / 2);
                }

                break;
            default:
                File.Delete(path);
                File.WriteAllText(path, "{}\n");
                break;
        }

        Assert.False(log.TryAppend(SignedChain.Intent(1)));
        Assert.Equal(AuditTrouble.RecordsMissing, log.Trouble);
        _chain.Time.Advance(TimeSpan.FromSeconds(2));
        Assert.False(log.TryAppend(SignedChain.Intent(1)));

        Directory.CreateDirectory(_chain.Directory);
        foreach (var (name, content) in copy)
        {
            File.WriteAllBytes(name, content);
        }

        _chain.Time.Advance(TimeSpan.FromSeconds(2));
        Assert.True(log.TryAppend(SignedChain.Intent(2)));
        Assert.True(log.TryCheckpoint());
        Assert.True(_chain.Verify() is { IsWhole: true }, $"{_chain.Verify().Break}");
    }

    [Fact]
    public void TryResume_RecordsMissing_GoesOnAndTheGapStaysToBeSeen()
    {
        using var log = _chain.Open();
        Assert.False(log.TryResume());
        Enumerable.Range(0, 25).ToList().ForEach(i => log.TryAppend(SignedChain.Intent(i)));
        var before = log.Sequence;
        Directory.Delete(_chain.Directory, recursive: true);
        Assert.False(log.TryAppend(SignedChain.Intent(1)));

        Assert.True(log.TryResume());

        Assert.True(log.TryAppend(SignedChain.Intent(2)));
        Assert.Equal((AuditTypes.Resumed, before + 1), (Records()[0].Type, Entries()[0].Sequence));
        Assert.Equal(AuditBreakReason.MissingStart, _chain.Verify().Break!.Reason);
    }

    [Fact]
    public void Clock_AnHourBack_IsRefusedUntilItHasCaughtUp()
    {
        using var log = _chain.Open();
        Assert.True(log.TryAppend(SignedChain.Intent(1)));
        _chain.Time.Advance(TimeSpan.FromHours(-1));

        Assert.False(log.TryAppend(SignedChain.Intent(2)));
        Assert.Equal(AuditTrouble.ClockBehind, log.Trouble);

        _chain.Time.Advance(TimeSpan.FromMinutes(60));
        Assert.True(log.TryAppend(SignedChain.Intent(3)));
        Assert.Equal(AuditTrouble.None, log.Trouble);
    }

    [Fact]
    public void Clock_AFewSecondsBack_IsNoMatter()
    {
        using var log = _chain.Open();
        Assert.True(log.TryAppend(SignedChain.Intent(1)));
        _chain.Time.Advance(TimeSpan.FromSeconds(-20));

        Assert.True(log.TryAppend(SignedChain.Intent(2)));
    }

    [Fact]
    public void TryResume_ClockBack_GoesOnAndSaysSo()
    {
        using (var log = _chain.Open())
        {
            log.TryAppend(SignedChain.Intent(1));
            _chain.Time.Advance(TimeSpan.FromHours(-1));
            Assert.False(log.TryAppend(SignedChain.Intent(2)));

            Assert.True(log.TryResume());
            Assert.True(log.TryAppend(SignedChain.Intent(3)));
        }

        Assert.Contains(Records(), static one => one.Type == AuditTypes.Resumed);
        Assert.True(_chain.Verify() is { IsWhole: true });
    }

    [Fact]
    public void RemoveOld_SegmentsBeyondTheirAge_GoWithASignedRecordAndTheLogVerifies()
    {
        var options = _chain.Options with { Keep = TimeSpan.FromDays(7) };
        using (var log = _chain.Open(options))
        {
            Enumerable.Range(0, 60).ToList().ForEach(i => log.TryAppend(SignedChain.Intent(i)));
            _chain.Time.Advance(TimeSpan.FromDays(8));
            log.TryAppend(SignedChain.Intent(1));
            _chain.Time.Advance(TimeSpan.FromMinutes(1));
        }

        var verification = _chain.Verify();
        var removal = Records().Last(static one => one.Removed is not null).Removed!;
        Assert.True(verification.IsWhole, $"{verification.Break}");
        Assert.Equal((verification.FirstSequence - 1, "audit.keep"), (removal.Through, removal.Why));
        Assert.Equal(verification.FirstSequence - 1, verification.RemovedThrough);
    }

    [Fact]
    public void RemoveOld_MoreBytesThanToKeep_GoOldestFirstAndOverRestarts()
    {
        var options = _chain.Options with { KeepBytes = 20_000 };
        for (var run = 0; run < 3; run++)
        {
            using var log = _chain.Open(options, _chain.Mark);
            Enumerable.Range(0, 80).ToList().ForEach(i => Assert.True(log.TryAppend(SignedChain.Intent(i))));
            log.RemoveOld();
        }

        Assert.InRange(AuditSegments.TotalBytes(_chain.Directory), 8000, 24_000);
        var verification = _chain.Verify();
        Assert.True(verification.IsWhole, $"{verification.Break}");
        Assert.True(verification.RemovedThrough > 100);
    }

    [Fact]
    public void RemoveOld_SegmentsTakenBeyondWhatTheRecordSays_IsMissingStart()
    {
        using (var log = _chain.Open(_chain.Options with { KeepBytes = 20_000 }))
        {
            Enumerable.Range(0, 100).ToList().ForEach(i => log.TryAppend(SignedChain.Intent(i)));
            log.RemoveOld();
        }

        File.Delete(AuditReader.Segments(_chain.Directory).First());

        Assert.Equal(AuditBreakReason.MissingStart, _chain.Verify().Break!.Reason);
    }

    [Fact]
    public void Trust_OfSessions_SaysWhatStandsAgainstThem()
    {
        using (var log = _chain.Open())
        {
            log.TryAppend(new AuditRecord { Type = AuditTypes.Outcome, Session = "good", Agent = "a", Verdict = Verdict.Forwarded, Outcome = "allow" });
            log.TryAppend(new AuditRecord { Type = AuditTypes.Outcome, Session = "refused", Agent = "a", Verdict = Verdict.Refused, Outcome = "deny" });
            log.TryAppend(new AuditRecord { Type = AuditTypes.TunnelOpened, Session = "opaque", Agent = "a", Verdict = Verdict.Unverified });
            log.TryAppend(new AuditRecord { Type = AuditTypes.Outcome, Session = "watched", Agent = "a", Verdict = Verdict.Changed, Outcome = "deny" });
            log.TryAppend(new AuditRecord { Type = AuditTypes.Outcome, Session = "observed", Agent = "a", Verdict = Verdict.Forwarded, Outcome = "allow", Trust = "unverified" });
            log.TryAppend(new AuditRecord { Type = AuditTypes.Killed, Session = "stopped", Agent = "a" });
        }

        var survey = new TrustSurvey();
        var verification = _chain.Verify(each: survey.See);

        Assert.Equal(
            [("good", TrustStatus.Verified, ""), ("refused", TrustStatus.VerifiedWithViolations, "violation"), ("opaque", TrustStatus.Unverified, "opaque_tunnel"), ("watched", TrustStatus.Unverified, "observe_mode"),
                ("observed", TrustStatus.Unverified, "observe_mode"), ("stopped", TrustStatus.VerifiedWithViolations, "violation")],
            survey.Sessions(verification).Select(static one => (one.Session, one.Status, string.Join(',', one.Causes.Select(static cause => cause.Word)))));
        Assert.Equal(TrustStatus.Unverified, survey.Everything(verification).Status);
        Assert.Equal(TrustStatus.Compromised, survey.Everything(verification with { Break = new AuditBreak("", 0, 0, AuditBreakReason.Edited) }).Status);
        Assert.Equal(TrustStatus.Unverified, survey.Sessions(verification with { SignedThrough = 0 })[0].Status);
    }

    [Fact]
    public void Recorded_WhateverTheLogWritesOfItself_IsToldOnceAsTheRecordsOfOthersAre()
    {
        _chain.Write(100);
        var before = _chain.Position!.Sequence;
        File.AppendAllText(AuditReader.Segments(_chain.Directory).Last(), "{\"agent\":");
        using var other = SignedChain.NewSigner();
        var told = new List<string>();
        var log = _chain.Open(_chain.Options with { KeepBytes = 20_000 }, _chain.Mark);
        log.Recorded += record => told.Add(record.Type);

        Assert.True(log.TryAppend(SignedChain.Intent(0)));
        Assert.True(log.RemoveOld());
        Assert.True(log.TryRotate(other));
        _chain.Time.Advance(TimeSpan.FromHours(-1));
        Assert.False(log.TryAppend(SignedChain.Intent(1)));
        Assert.True(log.TryResume());
        Assert.True(log.TryAppend(SignedChain.Intent(2)));
        log.Dispose();

        Assert.Equal(Entries().Where(one => one.Sequence > before).Select(static one => one.Record.Type).Order(), told.Order());
        Assert.Superset(
            new HashSet<string> { AuditTypes.Repaired, AuditTypes.Key, AuditTypes.Checkpoint, AuditTypes.Removed, AuditTypes.Resumed, AuditTypes.Intent },
            told.ToHashSet());
    }

    private List<AuditEntry> Entries() => [.. AuditReader.Read(_chain.Directory)];

    private List<AuditRecord> Records() => [.. Entries().Select(static one => one.Record)];
}
