using Microsoft.Extensions.Logging.Abstractions;
using SecretsFirewall.Audit;
using SecretsFirewall.Model;

namespace SecretsFirewall.Tests.Audit;

public sealed class AuditReaderTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly AuditLog _log;

    public AuditReaderTests() => _log = AuditLog.Open(
        new AuditOptions { Directory = _folder.Path, SegmentBytes = 1000 }, new FakeTime(), NullLogger.Instance);

    public void Dispose()
    {
        _log.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("ada", null, null, 2)]
    [InlineData(null, "api.example", null, 2)]
    [InlineData(null, null, Verdict.Refused, 1)]
    [InlineData("ada", "api.example", Verdict.Forwarded, 1)]
    [InlineData("eve", null, null, 0)]
    public void Read_Filtered_ShowsWhatMatches(string? agent, string? host, Verdict? verdict, int count)
    {
        Append("ada", "api.example", Verdict.Forwarded);
        Append("ada", "other.example", Verdict.Refused);
        Append("bob", "api.example", null);

        Assert.Equal(count, AuditReader.Read(_folder.Path, new AuditFilter(agent, host, verdict)).Count());
    }

    [Fact]
    public void ReadLast_OverSegments_IsTheEndInOrder()
    {
        Fill(20);

        Assert.Equal([16L, 17L, 18L, 19L, 20L], AuditReader.ReadLast(_folder.Path, 5).Select(static e => e.Sequence));
        Assert.Equal(20, AuditReader.LastSequence(_folder.Path));
        Assert.Equal(20, AuditReader.ReadLast(_folder.Path, 100).Count);
    }

    [Fact]
    public void Read_NoFolder_IsEmpty()
    {
        Assert.Empty(AuditReader.Read(_folder["none"]));
        Assert.Equal(0, AuditReader.LastSequence(_folder["none"]));
        Assert.True(AuditReader.Verify(_folder["none"]).IsWhole);
    }

    [Fact]
    public void Verify_EveryBitOfARecordFlipped_FindsABreak()
    {
        Fill(3);
        var path = AuditSegments.Path(_folder.Path, 1);
        var whole = File.ReadAllBytes(path);
        var line = whole.AsSpan(0, Array.IndexOf(whole, (byte)'\n') + 1).Length;

        for (var at = 0; at < line; at++)
        {
            var changed = (byte[])whole.Clone();
            changed[at] ^= 1;
            File.WriteAllBytes(path, changed);

            Assert.NotNull(AuditReader.Verify(_folder.Path).Break);
        }
    }

    [Fact]
    public void Verify_RecordChanged_SaysWhere()
    {
        Fill(6);
        var path = AuditSegments.Path(_folder.Path, 1);
        var lines = File.ReadAllLines(path);
        Rewrite(path, [lines[0], lines[1].Replace("agent-2", "agent-9", StringComparison.Ordinal), .. lines[2..]]);

        Assert.Equal(
            new AuditBreak("audit-000001.ndjson", 2, lines[0].Length + 1, AuditBreakReason.Edited),
            AuditReader.Verify(_folder.Path).Break);
    }

    [Fact]
    public void Verify_RecordRemoved_SequenceIsWrong()
    {
        Fill(6);
        var path = AuditSegments.Path(_folder.Path, 1);
        var lines = File.ReadAllLines(path);
        Rewrite(path, [lines[0], .. lines[2..]]);

        Assert.Equal(AuditBreakReason.Deleted, AuditReader.Verify(_folder.Path).Break!.Reason);
    }

    [Fact]
    public void Verify_RecordForgedWithARightHash_BreaksTheLink()
    {
        Fill(2);
        var path = AuditSegments.Path(_folder.Path, 1);
        var lines = File.ReadAllLines(path);
        using var writer = new AuditLineWriter();
        var forged = writer.Write(new AuditRecord { Type = AuditTypes.Intent, Agent = "forger" }, new ChainLink(2, new FakeTime().GetUtcNow(), AuditChain.Start), out _);
        Rewrite(path, [lines[0], System.Text.Encoding.UTF8.GetString(forged.Span).TrimEnd()]);

        Assert.Equal(AuditBreakReason.Edited, AuditReader.Verify(_folder.Path).Break!.Reason);
    }

    [Fact]
    public void Verify_MiddleSegmentMissing_FindsTheGap()
    {
        Fill(12);
        File.Delete(AuditSegments.Path(_folder.Path, 2));

        Assert.Equal(
            ("audit-000003.ndjson", 1, AuditBreakReason.Deleted),
            AuditReader.Verify(_folder.Path).Break is { } b ? (b.Segment, b.Line, b.Reason) : default);
    }

    [Fact]
    public void Verify_OldSegmentsMovedAway_IsWholeAndSaysWhereItBegins()
    {
        Fill(12);
        File.Delete(AuditSegments.Path(_folder.Path, 1));

        var verification = AuditReader.Verify(_folder.Path);
        Assert.True(verification.IsWhole);
        Assert.True(verification.FirstSequence > 1);
        Assert.Equal(12, verification.LastSequence);
    }

    [Fact]
    public void Verify_UnfinishedLine_IsNamed()
    {
        Fill(1);
        File.AppendAllText(AuditSegments.Path(_folder.Path, 1), "{\"agent\":");

        Assert.Equal((2, AuditBreakReason.Unfinished), (AuditReader.Verify(_folder.Path).Break!.Line, AuditReader.Verify(_folder.Path).Break!.Reason));
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("{\"seq\":1,\"seq\":1}")]
    [InlineData("{\"seq\":1.5}")]
    [InlineData("\0\0\0\0")]
    public void Verify_LineThatIsNoRecord_IsNamed(string line)
    {
        File.WriteAllText(AuditSegments.Path(_folder.Path, 1), line + "\n");

        Assert.Equal(AuditBreakReason.NotARecord, AuditReader.Verify(_folder.Path).Break!.Reason);
    }

    [Fact]
    public async Task FollowAsync_OverRollingSegments_SeesEveryRecordOnceAndInOrder()
    {
        Fill(5);
        using var cancel = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var seen = new List<long>();
        await foreach (var entry in AuditReader.FollowAsync(_folder.Path, null, afterSequence: 3, TimeProvider.System, cancel.Token))
        {
            seen.Add(entry.Sequence);
            if (entry.Sequence is 5 or 15)
            {
                Fill(10);
            }

            if (entry.Sequence == 25)
            {
                break;
            }
        }

        Assert.Equal(Enumerable.Range(4, 22).Select(static n => (long)n), seen);
    }

    [Fact]
    public async Task FollowAsync_UnfinishedLine_WaitsForItsEnd()
    {
        var folder = _folder["other"];
        Directory.CreateDirectory(folder);
        using var writer = new AuditLineWriter();
        var line = writer.Write(new AuditRecord { Type = AuditTypes.Started }, new ChainLink(1, new FakeTime().GetUtcNow(), AuditChain.Start), out _).ToArray();
        using var follower = new AuditFollower(folder, 0);
        Assert.False(follower.TryRead(out _));
        await File.WriteAllBytesAsync(AuditSegments.Path(folder, 1), line[..50]);
        Assert.False(follower.TryRead(out _));

        await File.AppendAllBytesAsync(AuditSegments.Path(folder, 1), line[50..]);

        Assert.True(follower.TryRead(out var entry));
        Assert.Equal(AuditTypes.Started, entry!.Record.Type);
        Assert.False(follower.TryRead(out _));
    }

    [Fact]
    public async Task FollowAsync_Cancelled_Ends()
    {
        using var cancel = new CancellationTokenSource();
        var records = AuditReader.FollowAsync(_folder.Path, null, 0, TimeProvider.System, cancel.Token).GetAsyncEnumerator();
        var next = records.MoveNextAsync();
        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await next);
    }

    private static void Rewrite(string path, IEnumerable<string> lines) => File.WriteAllText(path, string.Concat(lines.Select(static l => l + "\n")));

    private void Fill(int count)
    {
        for (var i = 0; i < count; i++)
        {
            Assert.True(_log.TryAppend(new AuditRecord { Type = AuditTypes.Intent, Agent = $"agent-{_log.Sequence + 1}" }));
        }
    }

    private void Append(string agent, string host, Verdict? verdict) => Assert.True(_log.TryAppend(
        new AuditRecord { Type = AuditTypes.Outcome, Agent = agent, Destination = new Destination("https", host, 443), Verdict = verdict }));
}
