using System.Runtime.Versioning;
using Microsoft.Extensions.Logging.Abstractions;
using SecretsFirewall.Audit;
using SecretsFirewall.Model;

namespace SecretsFirewall.Tests.Audit;

public sealed class AuditLogTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly FakeTime _time = new();

    private string Chain => _folder["audit"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void TryAppend_FirstRecord_StartsTheChain()
    {
        using (var log = Open())
        {
            Assert.True(log.TryAppend(Intent("one")));
        }

        var entry = Assert.Single(AuditReader.Read(Chain));
        Assert.Equal((1, AuditChain.Start, _time.GetUtcNow()), (entry.Sequence, entry.Previous, entry.Timestamp));
        Assert.True(AuditReader.Verify(Chain).IsWhole);
    }

    [Fact]
    public void Open_ExistingChain_IsContinued()
    {
        Append("one", "two");
        Append("three");

        Assert.Equal([1L, 2L, 3L], AuditReader.Read(Chain).Select(static e => e.Sequence));
        Assert.True(AuditReader.Verify(Chain).IsWhole);
    }

    [Fact]
    public void TryAppend_SegmentFull_RollsAndContinuesTheChain()
    {
        using (var log = Open(new AuditOptions { Directory = Chain, SegmentBytes = 1000 }))
        {
            for (var i = 0; i < 20; i++)
            {
                Assert.True(log.TryAppend(Intent($"x{i}")));
            }
        }

        var segments = AuditReader.Segments(Chain).ToList();
        Assert.True(segments.Count > 3);
        Assert.EndsWith("audit-000001.ndjson", segments[0], StringComparison.Ordinal);
        Assert.All(segments, static path => Assert.InRange(new FileInfo(path).Length, 1, 1000));
        Assert.Equal((20, true), (AuditReader.Verify(Chain).Records, AuditReader.Verify(Chain).IsWhole));
    }

    [Fact]
    public void Open_LastSegmentEmpty_ContinuesFromTheOneBefore()
    {
        Append("one");
        File.WriteAllBytes(AuditSegments.Path(Chain, 2), []);

        Append("two");

        Assert.Equal(2, AuditReader.Verify(Chain).LastSequence);
        Assert.True(AuditReader.Verify(Chain).IsWhole);
        Assert.True(new FileInfo(AuditSegments.Path(Chain, 2)).Length > 0);
    }

    [Fact]
    public void Open_LastRecordCutAtEveryByte_KeepsAllBeforeItAndSaysWhatItDid()
    {
        Append("one", "two");
        var path = AuditSegments.Path(Chain, 1);
        var whole = File.ReadAllBytes(path);
        var firstEnd = Array.IndexOf(whole, (byte)'\n') + 1;

        for (var length = firstEnd; length < whole.Length; length++)
        {
            Directory.Delete(Chain, recursive: true);
            Directory.CreateDirectory(Chain);
            File.WriteAllBytes(path, whole[..length]);

            Append("three");

            var types = AuditReader.Read(Chain).Select(static e => e.Record.Exchange ?? e.Record.Type);
            Assert.Equal(length == firstEnd ? ["one", "three"] : ["one", AuditTypes.Repaired, "three"], types);
            Assert.True(AuditReader.Verify(Chain).IsWhole);
            Assert.Equal(length > firstEnd, File.Exists(Path.ChangeExtension(path, ".torn")));
            if (length > firstEnd)
            {
                Assert.Equal(whole[firstEnd..length], File.ReadAllBytes(Path.ChangeExtension(path, ".torn")));
            }
        }
    }

    [Fact]
    public void Open_TornTwice_KeepsBothRemains()
    {
        Append("one");
        File.AppendAllText(AuditSegments.Path(Chain, 1), "{\"half");
        Append("two");
        File.AppendAllText(AuditSegments.Path(Chain, 1), "\0\0\0\n\0");
        Append("three");

        Assert.Equal("{\"half", File.ReadAllText(_folder["audit/audit-000001.torn"]));
        Assert.Equal("\0\0\0\n\0", File.ReadAllText(_folder["audit/audit-000001.2.torn"]));
        Assert.True(AuditReader.Verify(Chain).IsWhole);
        Assert.Equal(2, AuditReader.Read(Chain).Count(static e => e.Record.Type == AuditTypes.Repaired));
    }

    [Fact]
    public void Open_LastRecordChanged_PutsItAside()
    {
        Append("one", "two");
        var path = AuditSegments.Path(Chain, 1);
        File.WriteAllText(path, File.ReadAllText(path).Replace("\"two\"", "\"six\"", StringComparison.Ordinal));

        Append("three");

        Assert.Contains("\"six\"", File.ReadAllText(Path.ChangeExtension(path, ".torn")), StringComparison.Ordinal);
        Assert.True(AuditReader.Verify(Chain).IsWhole);
    }

    [Fact]
    public void Open_TornTailLargerThanTheFirstWindow_FindsTheRecordBefore()
    {
        Append("one");
        File.AppendAllText(AuditSegments.Path(Chain, 1), new string('z', 600_000));

        Append("two");

        Assert.Equal(["one", AuditTypes.Repaired, "two"], AuditReader.Read(Chain).Select(static e => e.Record.Exchange ?? e.Record.Type));
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public void Files_AreForTheOwnerAlone()
    {
        Append("one");
        File.AppendAllText(AuditSegments.Path(Chain, 1), "torn");
        Append("two");

        const UnixFileMode file = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        Assert.Equal(file | UnixFileMode.UserExecute, File.GetUnixFileMode(Chain));
        Assert.All(Directory.GetFiles(Chain), static path => Assert.Equal(file, File.GetUnixFileMode(path)));
    }

    [Fact]
    public void TryAppend_CapReached_RefusesAndForgetsNothing()
    {
        using var log = Open(new AuditOptions { Directory = Chain, SegmentBytes = 1000, TotalBytes = 5000, OutcomeReserveBytes = 0 });
        var accepted = 0;
        while (log.TryAppend(Intent($"x{accepted}")))
        {
            accepted++;
        }

        Assert.Equal(AuditTrouble.CapReached, log.Trouble);
        Assert.Equal(accepted, AuditReader.Verify(Chain).Records);
        Assert.InRange(AuditSegments.TotalBytes(Chain), 4000, 5000);
    }

    [Fact]
    public void TryAppend_CapReachedAndSegmentsMovedAway_RecoversWithinASecond()
    {
        using var log = Open(new AuditOptions { Directory = Chain, SegmentBytes = 1000, TotalBytes = 5000, OutcomeReserveBytes = 0 });
        var changes = 0;
        log.TroubleChanged += () => changes++;
        while (log.TryAppend(Intent("x")))
        {
        }

        File.Move(AuditSegments.Path(Chain, 1), _folder["kept-elsewhere"]);
        _time.Advance(TimeSpan.FromSeconds(1));

        Assert.True(log.TryAppend(Intent("y")));
        Assert.Equal((AuditTrouble.None, 2), (log.Trouble, changes));
        var verification = AuditReader.Verify(Chain);
        Assert.True(verification.IsWhole);
        Assert.True(verification.FirstSequence > 1);
    }

    [Fact]
    public void TryAppend_CapReachedForIntents_StillTakesOutcomes()
    {
        using var log = Open(new AuditOptions { Directory = Chain, TotalBytes = 5000, OutcomeReserveBytes = 2000 });
        while (log.TryAppend(Intent("x")))
        {
        }

        Assert.False(log.TryAppend(Intent("x") with { Type = AuditTypes.Outcome, Verdict = Verdict.Refused })); // nothing of it has left
        Assert.True(log.TryAppend(Intent("x") with { Type = AuditTypes.Outcome, Verdict = Verdict.Forwarded, FollowsIntent = true }));
    }

    [Fact]
    public void TryAppend_DiskFullAtEveryByteOfARecord_RefusesAndLeavesAWholeChain()
    {
        Append("one");
        var first = File.ReadAllBytes(AuditSegments.Path(Chain, 1));

        for (var room = 0; room < first.Length; room++)
        {
            var disk = new FullDiskAfterBytes(room);
            using var log = AuditLog.Open(new AuditOptions { Directory = Chain }, _time, NullLogger.Instance, disk.Open);

            Assert.False(log.TryAppend(Intent("two")));

            Assert.Equal(AuditTrouble.Unwritable, log.Trouble);
            Assert.Equal(first, File.ReadAllBytes(AuditSegments.Path(Chain, 1)));
        }
    }

    [Fact]
    public void TryAppend_SpaceFreedAfterDiskFull_Continues()
    {
        var disk = new FullDiskAfterBytes(100);
        using var log = AuditLog.Open(new AuditOptions { Directory = Chain }, _time, NullLogger.Instance, disk.Open);
        Assert.False(log.TryAppend(Intent("one")));

        disk.Room = long.MaxValue / 2;

        Assert.True(log.TryAppend(Intent("two")));
        Assert.Equal((1, true), (AuditReader.Verify(Chain).Records, AuditReader.Verify(Chain).IsWhole));
    }

    [Fact]
    public void TryAppend_FailedWriteThatCannotBeTakenBack_IsRepairedWhenTheDiskWorksAgain()
    {
        var disk = new FullDiskAfterBytes(100) { CanTruncate = false };
        using var log = AuditLog.Open(new AuditOptions { Directory = Chain }, _time, NullLogger.Instance, disk.Open);
        Assert.False(log.TryAppend(Intent("one")));
        Assert.False(log.TryAppend(Intent("one")));

        disk.Room = long.MaxValue / 2;
        disk.CanTruncate = true;
        _time.Advance(TimeSpan.FromSeconds(2));

        Assert.True(log.TryAppend(Intent("two")));
        Assert.Equal([AuditTypes.Repaired, "two"], AuditReader.Read(Chain).Select(static e => e.Record.Exchange ?? e.Record.Type));
        Assert.True(AuditReader.Verify(Chain).IsWhole);
    }

    [Fact]
    public void TryAppend_DiskRemountedReadOnly_IsRefusedUntilItIsWritable()
    {
        var disk = new RemountedDisk();
        using var log = AuditLog.Open(new AuditOptions { Directory = Chain }, _time, NullLogger.Instance, disk.Open);
        Assert.True(log.TryAppend(Intent("one")));
        disk.IsReadOnly = true;

        Assert.False(log.TryAppend(Intent("two")));
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.False(log.TryAppend(Intent("two")));
        Assert.Equal(AuditTrouble.Unwritable, log.Trouble);

        disk.IsReadOnly = false;
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.True(log.TryAppend(Intent("three")));
        Assert.Equal((2, true), (AuditReader.Verify(Chain).Records, AuditReader.Verify(Chain).IsWhole));
    }

    [Fact]
    public void Open_FolderIsAFile_RefusesEveryRecordUntilItIsNone()
    {
        File.WriteAllText(Chain, "in the way");
        using var log = Open();
        Assert.Equal(AuditTrouble.Unwritable, log.Trouble);
        Assert.False(log.TryAppend(Intent("one")));

        File.Delete(Chain);
        _time.Advance(TimeSpan.FromSeconds(2));

        Assert.True(log.TryAppend(Intent("two")));
    }

    [Fact]
    public void TryAppend_IntentDurability_SyncsIntentsAlone()
    {
        var syncs = new CountingSyncs();
        using var log = AuditLog.Open(new AuditOptions { Directory = Chain, Durability = AuditDurability.Intent }, _time, NullLogger.Instance, syncs.Open);

        log.TryAppend(Intent("one"));
        log.TryAppend(Intent("one") with { Type = AuditTypes.Outcome });

        Assert.Equal(1, syncs.Count);
    }

    [Fact]
    public void TryAppend_IntentThatCannotBeSynced_IsRefused()
    {
        var syncs = new CountingSyncs();
        using var log = AuditLog.Open(new AuditOptions { Directory = Chain, Durability = AuditDurability.Intent }, _time, NullLogger.Instance, syncs.Open);
        syncs.Fail = true;

        Assert.False(log.TryAppend(Intent("one")));
        Assert.Equal(AuditTrouble.Unwritable, log.Trouble);

        syncs.Fail = false;
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.True(log.TryAppend(Intent("two")));
        Assert.True(AuditReader.Verify(Chain).IsWhole);
    }

    [Fact]
    public void TryAppend_BatchDurability_SyncsWithTheTimerAndOnlyIfThereIsSomething()
    {
        var syncs = new CountingSyncs();
        using var log = AuditLog.Open(new AuditOptions { Directory = Chain, Durability = AuditDurability.Batch }, _time, NullLogger.Instance, syncs.Open);
        log.TryAppend(Intent("one"));
        log.TryAppend(Intent("two"));
        Assert.Equal(0, syncs.Count);

        _time.Advance(TimeSpan.FromMilliseconds(200));
        _time.Advance(TimeSpan.FromMilliseconds(200));

        Assert.Equal(1, syncs.Count);
    }

    [Fact]
    public void TryAppend_FlushDurability_IsInTheFileWhenItReturns()
    {
        using var log = Open();
        log.TryAppend(Intent("one"));

        Assert.Single(File.ReadAllLines(AuditSegments.Path(Chain, 1)));
    }

    [Fact]
    public void TryAppend_ManyThreads_ChainIsWhole()
    {
        using (var log = Open(new AuditOptions { Directory = Chain, SegmentBytes = 50_000 }))
        {
            Parallel.For(0, 1000, i => Assert.True(log.TryAppend(Intent($"x{i}"))));
        }

        Assert.Equal((1000, true), (AuditReader.Verify(Chain).Records, AuditReader.Verify(Chain).IsWhole));
    }

    [Fact]
    public void TryAppend_AfterDispose_Refuses()
    {
        var log = Open();
        log.Dispose();

        Assert.False(log.TryAppend(Intent("one")));
    }

    private static AuditRecord Intent(string exchange) => new() { Type = AuditTypes.Intent, Exchange = exchange };

    private AuditLog Open(AuditOptions? options = null) =>
        AuditLog.Open(options ?? new AuditOptions { Directory = Chain }, _time, NullLogger.Instance);

    private void Append(params string[] exchanges)
    {
        using var log = Open();
        Assert.All(exchanges, exchange => Assert.True(log.TryAppend(Intent(exchange))));
    }
}
