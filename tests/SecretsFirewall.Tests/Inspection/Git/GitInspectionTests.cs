using System.Text;
using SecretsFirewall.Inspection.Detection;
using SecretsFirewall.Inspection.Git;
using SecretsFirewall.Model;
using SecretsFirewall.Tests.Fuzzing;

namespace SecretsFirewall.Tests.Inspection.Git;

public sealed class GitInspectionTests
{
    private const string Secret = "not-a-real-secret-0123-abcd-efgh-4567";
    private static readonly DetectionSnapshot Snapshot = Samples.Snapshot(("key", Secret));
    private static readonly RedactionPlan Plan = Samples.MaskAll with { InsteadOfMask = FindingAction.Block, Rule = FindingAction.Block, Reference = FindingAction.Block };

    public static TheoryData<string> Places => ["file", "history", "message", "file name", "tag", "author", "large file", "end of large file", "reference", "push option"];

    [Theory]
    [MemberData(nameof(Places))]
    public void Write_PushWithSecret_IsStopped(string place)
    {
        using var repository = Repository(place);
        var pack = repository.Pack(place == "tag" ? "one" : "HEAD");
        byte[] push = place switch
        {
            "reference" => GitMessages.Push(pack, GitMessages.Commands.Replace("heads/main", "heads/" + Secret, StringComparison.Ordinal)),
            "push option" => [.. GitMessages.Line(GitMessages.Commands + " push-options"), .. GitMessages.Flush, .. GitMessages.Line(Secret), .. GitMessages.Flush, .. pack],
            _ => GitMessages.Push(pack),
        };

        foreach (var piece in new[] { push.Length < 100_000 ? 1 : 997, 1000, int.MaxValue })
        {
            var result = Inspect(push, piece);
            Assert.Equal(GitStop.Finding, result.Stop);
            Assert.Equal("key", result.Blocked?.Name.Value);
            Assert.StartsWith(place is "reference" or "push option" ? "git@" : "pack#", result.Location, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("sha1")]
    [InlineData("sha256")]
    public void Write_CleanPush_Passes(string format)
    {
        using var repository = new GitRepository(format);
        var random = new Random(2);
        var noise = new byte[3_000_000];
        random.NextBytes(noise);
        repository.Commit("noise", noise);
        for (var i = 0; i < 20; i++)
        {
            repository.Commit("words", Samples.Bytes(string.Join('\n', Enumerable.Range(i, 3000))));
        }

        repository.Git("tag", "-a", "-m", "A tag", "one");
        var commands = format == "sha1" ? GitMessages.Commands : $"{new string('0', 64)} {new string('1', 64)} refs/heads/main\0 report-status object-format=sha256";

        foreach (var piece in new[] { 777, int.MaxValue })
        {
            Assert.Equal(GitStop.None, Inspect(GitMessages.Push(repository.Pack("one"), commands), piece).Stop);
        }
    }

    /// <summary>The server reads names of 20 bytes still; with 32 we would take other bytes for the objects.</summary>
    [Theory]
    [InlineData("")]
    [InlineData("\0report-status object-format=sha256")] // a server of SHA-1 ends here by itself
    public void Write_LineThatLooksLikeALongName_DoesNotChangeHowThePackIsRead(string behind)
    {
        var blob = GitMessages.Blob(Samples.Bytes("words"));
        byte[] lines = [.. GitMessages.Line(GitMessages.Commands), .. GitMessages.Line($"{new string('0', 64)} x{behind}"), .. GitMessages.Flush];
        byte[] unhashed = [.. "PACK"u8, 0, 0, 0, 2, 0, 0, 0, 1, .. blob];

        Assert.Equal(GitStop.None, Inspect([.. lines, .. GitMessages.Pack(blob)]).Stop);
        Assert.Equal(GitStop.Malformed, Inspect([.. lines, .. unhashed, .. System.Security.Cryptography.SHA256.HashData(unhashed)]).Stop);
    }

    [Fact]
    public void Write_PushThatOnlyDeletes_HasNoPack() => Assert.Equal(GitStop.None, Inspect([.. GitMessages.Line(GitMessages.Commands), .. GitMessages.Flush]).Stop);

    [Fact]
    public void Write_CutAnywhere_FindsTheSame()
    {
        using var repository = new GitRepository();
        repository.Commit("file", Samples.Bytes(string.Join('\n', Enumerable.Range(0, 300))));
        repository.Commit("file", Samples.Bytes(string.Join('\n', Enumerable.Range(1, 300)) + Secret));
        var push = GitMessages.Push(repository.Pack());
        var whole = Inspect(push);
        Assert.Equal(GitStop.Finding, whole.Stop);
        for (var cut = 0; cut <= push.Length; cut++)
        {
            Assert.Equal(whole, Inspect([push[..cut], push[cut..]]));
        }
    }

    [Fact]
    public void Write_BrokenOffAnywhere_IsMalformed()
    {
        using var repository = new GitRepository();
        repository.Commit("file", Samples.Bytes(string.Join('\n', Enumerable.Range(0, 100))));
        var push = GitMessages.Push(repository.Pack());
        var begin = GitMessages.Push([]).Length; // up to there it is a push without a pack
        for (var length = begin + 1; length < push.Length; length++)
        {
            Assert.Equal(GitStop.Malformed, Inspect(push[..length]).Stop);
        }
    }

    [Fact]
    public void Write_DamagedPack_NeverPasses()
    {
        using var repository = new GitRepository();
        repository.Commit("file", Samples.Bytes(string.Join('\n', Enumerable.Range(0, 400))));
        repository.Commit("file", Samples.Bytes(string.Join('\n', Enumerable.Range(1, 400))));
        repository.Commit("file", Samples.Bytes(string.Join('\n', Enumerable.Range(2, 400))));
        var pack = repository.Pack();
        var random = new Random(11);
        for (var round = FuzzRounds.Or(5_000); round > 0; round--)
        {
            var damaged = (byte[])pack.Clone();
            for (var i = random.Next(1, 5); i > 0; i--)
            {
                damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
            }

            if (!damaged.AsSpan().SequenceEqual(pack))
            {
                Assert.NotEqual(GitStop.None, Inspect(GitMessages.Push(damaged), random.Next(1, 2000)).Stop);
            }
        }
    }

    [Fact]
    public void Write_ThinPack_SeesWhatADeltaInserts()
    {
        using var repository = new GitRepository();
        repository.Commit("file", Samples.Bytes(string.Join('\n', Enumerable.Range(0, 3000))));
        repository.Commit("file", Samples.Bytes(string.Join('\n', Enumerable.Range(0, 1500)) + $"\nkey = {Secret}\n" + string.Join('\n', Enumerable.Range(1500, 1500))));
        var pack = repository.Pack("HEAD\n^HEAD~", "--thin");

        Assert.Equal(GitStop.Finding, Inspect(GitMessages.Push(pack)).Stop);
    }

    [Fact]
    public void Write_InsertsInARow_AreOneText()
    {
        var delta = GitMessages.Delta(100, 10 + Secret.Length, GitMessages.Copy(0, 10), GitMessages.Insert(Secret[..20]), GitMessages.Insert(Secret[20..]));

        Assert.Equal(GitStop.Finding, Inspect(GitMessages.Push(GitMessages.Pack(GitMessages.ReferenceDelta(delta)))).Stop);
    }

    [Fact]
    public void Write_SecretComposedOfBaseAndDelta_IsSeenWhereTheBaseIsInThePack()
    {
        var file = GitMessages.Blob(Samples.Bytes("some text " + Secret[..20] + " and more"));
        var delta = GitMessages.Delta(39, Secret.Length, GitMessages.Copy(10, 20), GitMessages.Insert(Secret[20..]));

        Assert.Equal(GitStop.None, Inspect(GitMessages.Push(GitMessages.Pack(file))).Stop);
        Assert.Equal(GitStop.Finding, Inspect(GitMessages.Push(GitMessages.Pack(file, GitMessages.OffsetDelta(file.Length, delta)))).Stop);
    }

    [Fact]
    public void Write_SecretComposedOfAnUnknownBase_IsNotSeen() =>
        Assert.Equal(GitStop.None, Inspect(GitMessages.Push(GitMessages.Pack(GitMessages.ReferenceDelta(
            GitMessages.Delta(39, Secret.Length, GitMessages.Copy(10, 20), GitMessages.Insert(Secret[20..])))))).Stop);

    [Fact]
    public void Write_DeltaOfADelta_IsRebuilt()
    {
        var file = GitMessages.Blob(Samples.Bytes("some text " + Secret[..18]));
        var second = GitMessages.OffsetDelta(file.Length, GitMessages.Delta(28, 33, GitMessages.Copy(10, 18), GitMessages.Insert(Secret[18..33])));
        var third = GitMessages.OffsetDelta(second.Length, GitMessages.Delta(33, Secret.Length, GitMessages.Copy(0, 33), GitMessages.Insert(Secret[33..])));

        Assert.Equal((GitStop.Finding, "pack#3@0"), Inspect(GitMessages.Push(GitMessages.Pack(file, second, third))) is var result ? (result.Stop, result.Location) : default);
    }

    [Fact]
    public void Write_StretchesWithSomethingBetween_AreNotJoined() =>
        Assert.Equal(GitStop.None, Inspect(GitMessages.Push(GitMessages.Pack(GitMessages.ReferenceDelta(
            GitMessages.Delta(100, 5 + Secret.Length, GitMessages.Insert(Secret[..20]), GitMessages.Copy(0, 5), GitMessages.Insert(Secret[20..])))))).Stop);

    [Fact]
    public void Write_ReferenceInAFile_Passes() =>
        Assert.Equal(GitStop.None, Inspect(GitMessages.Push(GitMessages.Pack(GitMessages.Blob("token: SECRET_REF(key)"u8.ToArray())))).Stop);

    [Fact]
    public void Write_TokenByItsFormat_IsStopped() =>
        Assert.Equal(GitStop.Finding, Inspect(GitMessages.Push(GitMessages.Pack(GitMessages.Blob(Samples.Bytes("token: " + Samples.AgentToken(new Random(1))))))).Stop);

    public static TheoryData<string, byte[], GitStop> Unreadable()
    {
        var blob = GitMessages.Blob("a file's text"u8.ToArray());
        var good = GitMessages.Pack(blob);
        return new()
        {
            { "no pack", "PICK"u8.ToArray(), GitStop.Malformed },
            { "version 4", [.. "PACK"u8, 0, 0, 0, 4, 0, 0, 0, 0], GitStop.Malformed },
            { "wrong hash", [.. good[..^1], (byte)(good[^1] ^ 1)], GitStop.Malformed },
            { "something behind", [.. good, 0], GitStop.Malformed },
            { "more objects than it says", GitMessages.Pack(1, blob, blob), GitStop.Malformed },
            { "fewer objects than it says", GitMessages.Pack(2, blob), GitStop.Malformed },
            { "type 0", GitMessages.Pack(GitMessages.Entry(0, [1])), GitStop.Malformed },
            { "type 5", GitMessages.Pack(GitMessages.Entry(5, [1])), GitStop.Malformed },
            { "shorter than its head says", GitMessages.Pack(GitMessages.Entry(3, [1, 2, 3], size: 4)), GitStop.Malformed },
            { "longer than its head says", GitMessages.Pack(GitMessages.Entry(3, new byte[1000], size: 4)), GitStop.Malformed },
            { "size without end", GitMessages.Pack([0xBF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]), GitStop.TooLarge },
            { "base before the first object", GitMessages.Pack(blob, GitMessages.OffsetDelta(100, [0, 0])), GitStop.Malformed },
            { "base is itself", GitMessages.Pack(blob, GitMessages.OffsetDelta(0, [0, 0])), GitStop.Malformed },
            { "base of another size", GitMessages.Pack(blob, GitMessages.OffsetDelta(blob.Length, GitMessages.Delta(14, 3, GitMessages.Copy(0, 3)))), GitStop.Malformed },
            { "copy beyond the base", GitMessages.Pack(GitMessages.ReferenceDelta(GitMessages.Delta(13, 4, GitMessages.Copy(10, 4)))), GitStop.Malformed },
            { "result of another size", GitMessages.Pack(GitMessages.ReferenceDelta(GitMessages.Delta(13, 5, GitMessages.Copy(0, 4)))), GitStop.Malformed },
            { "result beyond its size", GitMessages.Pack(blob, GitMessages.OffsetDelta(blob.Length, GitMessages.Delta(13, 3, GitMessages.Copy(0, 4)))), GitStop.Malformed },
            { "reserved instruction", GitMessages.Pack(GitMessages.ReferenceDelta([13, 1, 0])), GitStop.Malformed },
            { "instruction cut off", GitMessages.Pack(GitMessages.ReferenceDelta([13, 5, 5, 1])), GitStop.Malformed },
            { "empty blocks without end", GitMessages.Pack([0x31, 0x78, 0x9C, .. Enumerable.Repeat(new byte[] { 0, 0, 0, 0xFF, 0xFF }, 20_000).SelectMany(one => one)]), GitStop.Malformed },
            { "too many objects", GitMessages.Pack(1001, blob), GitStop.TooLarge },
            { "too large an object", GitMessages.Pack(GitMessages.Blob(new byte[5_000_001])), GitStop.TooLarge },
        };
    }

    [Theory]
    [MemberData(nameof(Unreadable))]
    public void Write_PackThatCannotBeRead_IsStopped(string why, byte[] pack, GitStop expected) =>
        Assert.True(Inspect(GitMessages.Push(pack), limits: new PackLimits(1000, 5_000_000)).Stop == expected, why);

    [Fact]
    public void Write_ChainOfDeltasWithoutEnd_IsStopped()
    {
        var file = GitMessages.Blob("text"u8.ToArray());
        var entries = new List<byte[]> { file };
        for (var i = 0; i < 4100; i++)
        {
            entries.Add(GitMessages.OffsetDelta(entries[^1].Length, GitMessages.Delta(4, 4, GitMessages.Copy(0, 4))));
        }

        Assert.Equal(GitStop.TooLarge, Inspect(GitMessages.Push(GitMessages.Pack([.. entries]))).Stop);
        Assert.Equal(GitStop.None, Inspect(GitMessages.Push(GitMessages.Pack([.. entries.Take(4000)]))).Stop);
    }

    [Theory]
    [InlineData("zzzz")]
    [InlineData("0003")]
    [InlineData("fff1")]
    [InlineData("00")]
    public void Write_LineWithoutLength_IsMalformed(string length) => Assert.Equal(GitStop.Malformed, Inspect(Samples.Bytes(length)).Stop);

    [Fact]
    public void Write_FetchedPack_IsSeenThroughItsSideBand()
    {
        using var repository = Repository("history");
        foreach (var piece in new[] { 1, 100, 60_000 })
        {
            var result = Inspect(GitMessages.FetchResult(repository.Pack(), piece), hasBands: true);
            Assert.Equal(GitStop.Finding, result.Stop);
        }

        Assert.Equal(GitStop.Finding, Inspect([.. GitMessages.Line("NAK\n"), .. repository.Pack()], hasBands: true).Stop);
        Assert.Equal(GitStop.Finding, Inspect(GitMessages.FetchResult(GitMessages.Pack(), progress: $"remote says {Secret}\n"), hasBands: true).Stop);
    }

    [Fact]
    public void Write_CleanFetch_PassesWhereverItIsCut()
    {
        using var repository = new GitRepository();
        repository.Commit("file", Samples.Bytes(string.Join('\n', Enumerable.Range(0, 100))));
        var result = GitMessages.FetchResult(repository.Pack(), 97);
        for (var cut = 0; cut <= result.Length; cut++)
        {
            Assert.Equal(GitStop.None, Inspect([result[..cut], result[cut..]], hasBands: true).Stop);
        }

        Assert.Equal(GitStop.Malformed, Inspect(GitMessages.FetchResult([.. repository.Pack(), 0]), hasBands: true).Stop);
    }

    [Fact]
    public void HeldBack_ObjectUnderWay_IsAllOfIt()
    {
        var pack = GitMessages.Push(GitMessages.Pack(GitMessages.Blob(Samples.Bytes(string.Join(' ', Enumerable.Range(0, 2000))))));
        using var inspection = new GitInspection(Snapshot, Plan, new PackLimits());

        Assert.True(inspection.Write(pack.AsSpan(0, pack.Length - 200)));
        Assert.InRange(inspection.HeldBack, 1000, (int)inspection.TextIn);
        Assert.True(inspection.Write(pack.AsSpan(pack.Length - 200)));
        Assert.Equal(0, inspection.HeldBack);
    }

    private static GitRepository Repository(string place)
    {
        var repository = new GitRepository();
        repository.Commit("first", "text\n"u8.ToArray());
        switch (place)
        {
            case "file":
                repository.Commit("config", Samples.Bytes($"key: {Secret}\n"));
                break;
            case "history":
                repository.Commit("config", Samples.Bytes($"key: {Secret}\n"));
                repository.Commit("config", "key: none\n"u8.ToArray());
                break;
            case "message":
                repository.Commit("config", "key: none\n"u8.ToArray(), $"Use {Secret}");
                break;
            case "file name":
                repository.Commit(Secret, "text\n"u8.ToArray());
                break;
            case "tag":
                repository.Git("tag", "-a", "-m", $"For {Secret}", "one");
                break;
            case "author":
                repository.Git("commit", "-q", "--allow-empty", "-m", "A change", "--author", $"{Secret} <a@example.com>");
                break;
            case "large file":
                repository.Commit("large", [.. Noise(2_000_000), .. Samples.Bytes(Secret), .. Noise(1_500_000)]);
                break;
            case "end of large file":
                repository.Commit("large", [.. Noise(2_000_000), .. Samples.Bytes(Secret)]);
                break;
        }

        return repository;
    }

    private static byte[] Noise(int length)
    {
        var noise = new byte[length];
        new Random(length).NextBytes(noise);
        return noise;
    }

    private static Result Inspect(byte[] bytes, int piece = int.MaxValue, bool hasBands = false, PackLimits? limits = null) =>
        Inspect([.. bytes.Chunk(Math.Min(piece, bytes.Length))], hasBands, limits);

    private static Result Inspect(byte[][] pieces, bool hasBands = false, PackLimits? limits = null)
    {
        var location = new StringBuilder();
        using var inspection = new GitInspection(Snapshot, Plan, limits ?? new PackLimits(), (_, _, where) => location.Append(where), hasBands);
        var goesOn = pieces.All(piece => inspection.Write(piece)) && inspection.Complete();
        Assert.Equal(goesOn, inspection.Stop is GitStop.None);
        return new(inspection.Stop, inspection.Blocked, location.ToString());
    }

    private sealed record Result(GitStop Stop, Detection? Blocked, string Location);
}
