using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using SecretsFirewall.Audit;
using SecretsFirewall.Audit.Exports;
using SecretsFirewall.Model;
using SecretsFirewall.Tests.Fuzzing;

namespace SecretsFirewall.Tests.Audit;

/// <summary>An export holds for whoever has the key; whatever is done to it has its own reason.</summary>
public sealed class EvidenceTests : IDisposable
{
    private readonly SignedChain _chain = new();
    private readonly string _policy;

    public EvidenceTests()
    {
        var file = "{ \"policy\": \"ours\" }"u8.ToArray();
        var list = Encoding.ASCII.GetBytes($"{Convert.ToHexStringLower(SHA256.HashData(file))}  policy.json\n");
        _policy = Convert.ToHexStringLower(SHA256.HashData(list));
        Directory.CreateDirectory(Path.Combine(Policies, _policy));
        File.WriteAllBytes(Path.Combine(Policies, _policy, "policy.json"), file);
        using var log = _chain.Open();
        for (var i = 0; i < 60; i++)
        {
            Assert.True(log.TryAppend(SignedChain.Intent(i) with { Bundle = new AuditBundle("ours", 1, "sha256:" + _policy) }));
        }

        Assert.True(log.TryAppend(new AuditRecord { Type = AuditTypes.Outcome, Session = "s9", Agent = "builder", Verdict = Verdict.Refused, Outcome = "deny", Rule = "no-mail", Detail = "Mail is off." }));
    }

    private string Policies => Path.Combine(_chain.Folder, "policies");

    public void Dispose() => _chain.Dispose();

    [Fact]
    public void Check_ExportAsItWasWritten_HoldsAndSaysWhatItIsWorth()
    {
        var result = Check(Export());

        Assert.True(result.Holds, $"{result}");
        Assert.Equal((1, 61 + 1 + 7, "verified_with_violations"), (result.Manifest!.First, (int)result.Manifest.Records, result.Manifest.Trust.Status));
        Assert.Equal(result.Chain!.LastSequence, result.Chain.SignedThrough);
        Assert.Contains(result.Manifest.Sessions, static one => one is { Session: "s9", Status: "verified_with_violations" });
        Assert.Equal(("sha256:" + _policy, EvidencePaths.Policies + _policy), (result.Manifest.Policies[0].Hash, result.Manifest.Policies[0].Folder));
    }

    [Fact]
    public void Export_Decisions_NameTheRuleAndWhy()
    {
        var decisions = Text(Unpack(Export()).Single(static one => one.Name == EvidencePaths.Decisions).Content);

        Assert.Contains("\"detail\":\"Mail is off.\"", decisions, StringComparison.Ordinal);
        Assert.Contains("\"rule\":\"no-mail\"", decisions, StringComparison.Ordinal);
    }

    [Fact]
    public void Export_Approvals_AreTheRecordsThatNameThem()
    {
        using (var log = _chain.Open())
        {
            log.TryAppend(new AuditRecord { Type = AuditTypes.ApprovalAnswered, Agent = "builder", Outcome = "allow", Approval = new AuditApproval("q1", new string('a', 64), "cli:root", "admin", null) });
            log.TryAppend(new AuditRecord { Type = AuditTypes.OverrideChanged, Agent = "builder", Rule = "no-mail", Approval = new AuditApproval("o1", null, "cli:root", "admin", "overridden") });
        }

        var export = Export();
        var approvals = Text(Unpack(export).Single(static one => one.Name == EvidencePaths.Approvals).Content).TrimEnd('\n').Split('\n');

        Assert.Equal(2, approvals.Length);
        Assert.Contains("\"by\":\"cli:root\"", approvals[0], StringComparison.Ordinal);
        Assert.Contains("\"trust\":\"overridden\"", approvals[1], StringComparison.Ordinal);
        Assert.True(Check(export).Holds);
        Assert.Equal("unverified", Check(export).Manifest!.Trust.Status);
    }

    [Fact]
    public void Export_Since_BeginsWithTheSegmentThatHeldThatTime()
    {
        _chain.Time.Advance(TimeSpan.FromDays(2));
        _chain.Write(5);

        var result = Check(Export(since: _chain.Time.GetUtcNow() - TimeSpan.FromHours(1)));

        Assert.True(result.Holds, $"{result}");
        Assert.True(result.Manifest!.First > 1);
    }

    [Fact]
    public void Export_WhileTheLogGoesOn_EndsWhereItIsSigned()
    {
        using var log = _chain.Open();
        log.TryAppend(SignedChain.Intent(1));
        var end = log.CheckpointAndEnd()!;
        log.TryAppend(SignedChain.Intent(2));

        var result = Check(Export(end: end));

        Assert.True(result.Holds, $"{result}");
        Assert.Equal(log.Sequence - 1, result.Manifest!.Last);
    }

    [Fact]
    public void Check_KeyRotatedSince_TheOneBeforeIsEnoughAndAStrangersIsNot()
    {
        var before = _chain.Signer.Public;
        using var next = SignedChain.NewSigner();
        using (var log = _chain.Open())
        {
            Assert.True(log.TryRotate(next));
        }

        _chain.Signer.Dispose();
        _chain.Signer = next;
        using var stranger = SignedChain.NewSigner();
        var archive = Export(keys: [before, next.Public]);

        Assert.True(Check(archive, before).Holds);
        Assert.True(Check(archive, next.Public).Holds);
        Assert.Equal(EvidenceFault.UnknownKey, Check(archive, stranger.Public).Fault);
        _chain.Signer = SignedChain.NewSigner();
    }

    [Fact]
    public void Check_ManifestWithoutItsSignature_IsUnsigned() => AssertFault(EvidenceFault.Unsigned, static files => files.RemoveAt(1));

    [Fact]
    public void Check_WithoutAManifest_IsABadManifest() => AssertFault(EvidenceFault.BadManifest, static files => files.RemoveAt(0));

    [Fact]
    public void Check_SignatureOfSomethingElse_IsABadSignature() =>
        AssertFault(EvidenceFault.BadSignature, files => files[1] = files[1] with { Content = _chain.Signer.SignDer("something else"u8) });

    [Fact]
    public void Check_SignedAnewByAnotherKey_IsAnUnknownKey()
    {
        using var mallory = SignedChain.NewSigner();
        AssertFault(EvidenceFault.UnknownKey, files =>
        {
            var manifest = (EvidenceManifest.Read(files[0].Content)! with { Key = mallory.Public.Id }).Write();
            files[0] = files[0] with { Content = manifest };
            files[1] = files[1] with { Content = mallory.SignDer(manifest) };
        });
    }

    [Fact]
    public void Check_ManifestChanged_IsABadSignature() => AssertFault(EvidenceFault.BadSignature, static files =>
        files[0] = files[0] with { Content = (EvidenceManifest.Read(files[0].Content)! with { Records = 1 }).Write() });

    [Fact]
    public void Check_ManifestSpeltOtherwise_IsABadManifest() =>
        AssertFault(EvidenceFault.BadManifest, static files => files[0] = files[0] with { Content = [.. files[0].Content, (byte)'\n'] });

    [Fact]
    public void Check_AFileChanged_IsEdited() => AssertFault(EvidenceFault.Edited, static files =>
        files[^1] = files[^1] with { Content = [.. files[^1].Content, (byte)' '] });

    [Fact]
    public void Check_AFileTakenOut_IsMissing() => AssertFault(EvidenceFault.Missing, static files => files.RemoveAt(4));

    [Fact]
    public void Check_AFilePutIn_IsExtra() => AssertFault(EvidenceFault.Extra, static files => files.Add(new Entry("audit/audit-000099.ndjson", "{}"u8.ToArray())));

    [Fact]
    public void Check_AFileTwice_IsExtra() => AssertFault(EvidenceFault.Extra, static files => files.Add(files[3]));

    [Theory]
    [InlineData("../escape")]
    [InlineData("audit/../../escape")]
    [InlineData("/etc/cron.d/escape")]
    [InlineData("audit//x")]
    [InlineData(".hidden")]
    [InlineData("audit\\..\\x")]
    public void Check_NameThatLeadsElsewhere_IsABadPath(string name) => AssertFault(EvidenceFault.BadPath, files => files.Insert(3, new Entry(name, "x"u8.ToArray())));

    [Fact]
    public void Check_SignedManifestThatLeadsElsewhere_IsABadPath() => AssertFault(EvidenceFault.BadPath, files =>
    {
        var manifest = EvidenceManifest.Read(files[0].Content)!;
        var bad = (manifest with { Files = [.. manifest.Files, new EvidenceFile("../escape", 1, new string('0', 64))] }).Write();
        files[0] = files[0] with { Content = bad };
        files[1] = files[1] with { Content = _chain.Signer.SignDer(bad) };
    });

    [Fact]
    public void Check_ALink_IsABadEntry() => AssertFault(EvidenceFault.BadEntry, static files => files.Insert(3, new Entry("audit/link", [], TarEntryType.SymbolicLink)));

    [Fact]
    public void Check_LogInItDoesNotHold_IsABrokenChain() => AssertFault(EvidenceFault.BrokenChain, files =>
    {
        var at = files.FindIndex(static one => one.Name.StartsWith(EvidencePaths.Audit, StringComparison.Ordinal));
        var log = Encoding.ASCII.GetBytes(Text(files[at].Content).Replace("builder", "bui1der", StringComparison.Ordinal));
        Resign(files, at, log);
    });

    [Fact]
    public void Check_ManifestSaysSomethingElseOfTheLog_IsAWrongSummary() => AssertFault(EvidenceFault.WrongSummary, files =>
    {
        var manifest = (EvidenceManifest.Read(files[0].Content)! with { Records = 5 }).Write();
        files[0] = files[0] with { Content = manifest };
        files[1] = files[1] with { Content = _chain.Signer.SignDer(manifest) };
    });

    [Fact]
    public void Check_AnotherPolicyInItsPlace_IsAWrongPolicy() => AssertFault(EvidenceFault.WrongPolicy, files =>
        Resign(files, files.FindIndex(static one => one.Name.StartsWith(EvidencePaths.Policies, StringComparison.Ordinal)), "{ \"policy\": \"another\" }"u8.ToArray()));

    [Fact]
    public void Check_SomethingBehindTheArchive_IsExtra()
    {
        using var whole = new MemoryStream();
        using (var gzip = new GZipStream(whole, CompressionLevel.Optimal, leaveOpen: true))
        {
            using var plain = new GZipStream(new MemoryStream(Export()), CompressionMode.Decompress);
            plain.CopyTo(gzip);
            gzip.Write("behind"u8);
        }

        Assert.Equal(EvidenceFault.Extra, Check(whole.ToArray()).Fault);
    }

    [Fact]
    public void Check_RandomEdits_AreAllCaught()
    {
        const int edits = 1000;
        var archive = Export();
        var good = Unpack(archive);
        var random = new Random(20261121);
        for (var edit = 0; edit < FuzzRounds.Or(edits); edit++)
        {
            var bad = edit % 2 == 0 ? EditBytes(random, archive) : EditFiles(random, good);
            var result = Check(bad);

            // What changes no byte of any file is no change: blanks of the compression, dates of the archive.
            Assert.True(!result.Holds || IsSame(good, bad), $"Edit {edit} was not caught.");
        }
    }

    private static bool IsSame(List<Entry> good, byte[] archive) =>
        Unpack(archive) is var files && files.Count == good.Count && files.Zip(good).All(static pair => pair.First.Name == pair.Second.Name && pair.First.Content.AsSpan().SequenceEqual(pair.Second.Content));

    private static byte[] EditBytes(Random random, byte[] archive)
    {
        var at = random.Next(archive.Length);
        switch (random.Next(4))
        {
            case 0:
                var flipped = archive.ToArray();
                flipped[at] ^= (byte)(1 << random.Next(8));
                return flipped;
            case 1:
                return archive[..at];
            case 2:
                return [.. archive[..at], (byte)random.Next(256), .. archive[at..]];
            default:
                return [.. archive[..at], .. archive[Math.Min(archive.Length, at + random.Next(1, 20))..]];
        }
    }

    private static byte[] EditFiles(Random random, List<Entry> good)
    {
        var files = good.ToList();
        var at = random.Next(files.Count);
        var content = files[at].Content.ToArray();
        switch (random.Next(6))
        {
            case 0 when content.Length > 0:
                content[random.Next(content.Length)] ^= (byte)(1 << random.Next(8));
                files[at] = files[at] with { Content = content };
                break;
            case 1 when content.Length > 0:
                files[at] = files[at] with { Content = content[..random.Next(content.Length)] };
                break;
            case 2:
                files[at] = files[at] with { Content = [.. content, (byte)random.Next(256)] };
                break;
            case 3:
                files.RemoveAt(at);
                break;
            case 4:
                files.Insert(random.Next(files.Count), files[at]);
                break;
            default:
                files[at] = files[at] with { Name = files[at].Name + (char)('a' + random.Next(26)) };
                break;
        }

        return Pack(files);
    }

    private byte[] Export(DateTimeOffset? since = null, AuditEnd? end = null, IReadOnlyList<CheckpointKey>? keys = null)
    {
        using var archive = new MemoryStream();
        var last = AuditSegments.List(_chain.Directory)[^1];
        EvidenceExport.Write(
            new EvidenceRequest(
                _chain.Directory,
                end ?? new AuditEnd(last, new FileInfo(AuditSegments.Path(_chain.Directory, last)).Length),
                since,
                _chain.Signer,
                keys ?? [_chain.Signer.Public],
                Policies,
                Path.Combine(_chain.Folder, "timestamps"),
                "0.0.0",
                _chain.Time.GetUtcNow()),
            archive);
        return archive.ToArray();
    }

    private EvidenceResult Check(byte[] archive, CheckpointKey? key = null)
    {
        using var folder = new TempFolder();
        using var stream = new MemoryStream(archive);
        return new EvidenceCheck([key ?? _chain.Signer.Public]).Check(stream, folder.Path);
    }

    private void AssertFault(EvidenceFault fault, Action<List<Entry>> tamper)
    {
        var files = Unpack(Export());
        tamper(files);

        Assert.Equal(fault, Check(Pack(files)).Fault);
    }

    // What somebody with the key could do, and the log in it still tells.
    private void Resign(List<Entry> files, int at, byte[] content)
    {
        files[at] = files[at] with { Content = content };
        var manifest = EvidenceManifest.Read(files[0].Content)!;
        var signed = (manifest with
        {
            Files = [.. manifest.Files.Select(file => file.Path == files[at].Name ? new EvidenceFile(file.Path, content.Length, Convert.ToHexStringLower(SHA256.HashData(content))) : file)],
        }).Write();
        files[0] = files[0] with { Content = signed };
        files[1] = files[1] with { Content = _chain.Signer.SignDer(signed) };
    }

    private static string Text(byte[] content) => Encoding.UTF8.GetString(content);

    private static List<Entry> Unpack(byte[] archive)
    {
        var files = new List<Entry>();
        using var gzip = new GZipStream(new MemoryStream(archive), CompressionMode.Decompress);
        using var tar = new TarReader(gzip);
        while (tar.GetNextEntry() is { } entry)
        {
            using var content = new MemoryStream();
            entry.DataStream?.CopyTo(content);
            files.Add(new Entry(entry.Name, content.ToArray()));
        }

        return files;
    }

    private static byte[] Pack(IEnumerable<Entry> files)
    {
        using var archive = new MemoryStream();
        using (var gzip = new GZipStream(archive, CompressionLevel.Optimal, leaveOpen: true))
        {
            using var tar = new TarWriter(gzip, TarEntryFormat.Ustar);
            foreach (var file in files)
            {
                var entry = new UstarTarEntry(file.Type, file.Name);
                if (file.Type is TarEntryType.SymbolicLink)
                {
                    entry.LinkName = "/etc/passwd";
                }
                else
                {
                    entry.DataStream = new MemoryStream(file.Content);
                }

                tar.WriteEntry(entry);
            }
        }

        return archive.ToArray();
    }

    private sealed record Entry(string Name, byte[] Content, TarEntryType Type = TarEntryType.RegularFile);
}
