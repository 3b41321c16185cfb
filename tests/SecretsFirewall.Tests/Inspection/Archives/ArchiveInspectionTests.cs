using System.IO.Compression;
using System.Text;
using SecretsFirewall.Inspection.Archives;
using SecretsFirewall.Inspection.Detection;
using SecretsFirewall.Model;
using SecretsFirewall.Tests.Fuzzing;
using SecretsFirewall.Tests.Inspection.Git;

namespace SecretsFirewall.Tests.Inspection.Archives;

public sealed class ArchiveInspectionTests
{
    private const string Secret = "not-a-real-secret-0123-abcd-efgh-4567";
    private static readonly DetectionSnapshot Snapshot = Samples.Snapshot(("key", Secret));
    private static readonly RedactionPlan Plan = Samples.MaskAll with { InsteadOfMask = FindingAction.Alert };

    public static TheoryData<string> Formats => ["gzip", "gzip with name", "gzip of two", "zip", "zip as a stream", "git zip", "git tar.gz"];

    [Theory]
    [MemberData(nameof(Formats))]
    public void Write_SecretInside_IsFoundWhereverItIsCut(string format)
    {
        var archive = Make(format, Secret);
        Assert.False(archive.AsSpan().IndexOf(Samples.Bytes(Secret[..12])) >= 0, "The secret is to be seen without opening the archive.");
        for (var cut = 0; cut <= archive.Length; cut += archive.Length > 2000 ? 7 : 1)
        {
            var location = new StringBuilder();
            using var inspection = new ArchiveInspection(Snapshot, Plan, (_, _, where) => location.Append(where));
            Assert.False(inspection.Write(archive.AsSpan(0, cut)) && inspection.Write(archive.AsSpan(cut)) && inspection.Complete());
            Assert.Equal("key", inspection.Blocked?.Name.Value);
            Assert.StartsWith("archive#", location.ToString(), StringComparison.Ordinal);
        }
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void Write_CleanOrDamaged_PassesToItsEnd(string format)
    {
        var archive = Make(format, "nothing");
        var random = new Random(1);
        for (var round = 0; round < FuzzRounds.Or(300); round++)
        {
            var bytes = (byte[])archive.Clone();
            for (var i = 0; i < round % 300; i++)
            {
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            }

            using var inspection = new ArchiveInspection(Snapshot, Plan);
            Assert.True(bytes.Chunk(random.Next(1, 500)).All(piece => inspection.Write(piece)));
            Assert.True(inspection.Complete());
        }
    }

    [Fact]
    public void Write_Clean_IsReadToItsEnd()
    {
        using var inspection = new ArchiveInspection(Snapshot, Plan);
        var text = Filler();
        Assert.True(inspection.Write(Gzip(text)));
        Assert.Equal(text.Length, inspection.TextIn);
    }

    [Fact]
    public void Write_NoArchive_IsNotLookedAt()
    {
        using var inspection = new ArchiveInspection(Snapshot, Plan);
        Assert.True(inspection.Write(Samples.Bytes("plain " + Secret)));
        Assert.Equal(0, inspection.TextIn);
    }

    private static byte[] Make(string format, string secret)
    {
        var text = Samples.Bytes($"{Encoding.ASCII.GetString(Filler())}\nkey: {secret}\n");
        switch (format)
        {
            case "gzip":
                return Gzip(text);
            case "gzip with name":
                var plain = Gzip(text);
                return [.. plain.AsSpan(0, 3), 4 | 8 | 16 | 2, .. plain.AsSpan(4, 6), 3, 0, 1, 2, 3, .. "a name\0"u8, .. "a comment\0"u8, 0, 0, .. plain.AsSpan(10)];
            case "gzip of two":
                return [.. Gzip(Filler()), .. Gzip(text)];
            case "zip":
                return Zip(new MemoryStream(), text);
            case "zip as a stream":
                return Zip(new ForwardStream(), text);
            default:
                using (var repository = new GitRepository())
                {
                    repository.Commit("a", Filler());
                    repository.Commit("b", text);
                    return repository.Git("archive", "--format", format[4..], "HEAD");
                }
        }
    }

    private static byte[] Filler() => Samples.Bytes(string.Join('\n', Enumerable.Range(0, 200)));

    private static byte[] Gzip(byte[] text)
    {
        var target = new MemoryStream();
        using (var gzip = new GZipStream(target, CompressionLevel.Optimal, leaveOpen: true))
        {
            gzip.Write(text);
        }

        return target.ToArray();
    }

    private static byte[] Zip(MemoryStream target, byte[] text)
    {
        using (var zip = new ZipArchive(target, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (name, content, level) in new[] { ("first", Filler(), target.CanSeek ? CompressionLevel.NoCompression : CompressionLevel.Fastest), ("one", Filler(), CompressionLevel.Optimal), ("two", text, CompressionLevel.Optimal) })
            {
                using var entry = zip.CreateEntry(name, level).Open();
                entry.Write(content);
            }
        }

        return target.ToArray();
    }

    /// <summary>Where nobody can go back, sizes are written behind the data.</summary>
    private sealed class ForwardStream : MemoryStream
    {
        public override bool CanSeek => false;
    }
}
