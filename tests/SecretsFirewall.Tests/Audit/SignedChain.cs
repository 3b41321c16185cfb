using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using SecretsFirewall.Audit;
using SecretsFirewall.Model;

namespace SecretsFirewall.Tests.Audit;

/// <summary>A log with checkpoints in a folder of its own, and what somebody with an editor, but without the key, can do to it.</summary>
internal sealed class SignedChain : IDisposable
{
    private readonly TempFolder _folder = new();

    public SignedChain()
    {
        Signer = NewSigner();
    }

    public CheckpointSigner Signer { get; set; }

    public FakeTime Time { get; } = new();

    /// <summary>Where the log last said that it stood.</summary>
    public AuditPosition? Position { get; private set; }

    public AuditMark? Mark => Position is { } at ? new AuditMark(at.Sequence, at.Hash) : null;

    public string Directory => _folder["audit"];

    public string Folder => _folder.Path;

    public static CheckpointSigner NewSigner() => CheckpointSigner.TryCreate(ECDsa.Create(ECCurve.NamedCurves.nistP256))!;

    public static AuditRecord Intent(int i) => new()
    {
        Type = i % 2 == 0 ? AuditTypes.Intent : AuditTypes.Outcome,
        Exchange = $"exchange-{i / 2}",
        Agent = "builder",
        Session = $"s{i / 10}",
        Path = i % 7 == 0 ? "/caf\u00e9/\ud83d\ude00\u007f\u0001" : $"/v1/{i}",
        Verdict = i % 2 == 0 ? null : Verdict.Forwarded,
    };

    public AuditLog Open(AuditOptions? options = null, AuditMark? mark = null, bool signed = true) => AuditLog.Open(
        (options ?? Options) with { Directory = Directory }, Time, NullLogger.Instance, signed ? new AuditSigning(Signer, mark, at => Position = at) : null);

    /// <summary>Small segments, a checkpoint every ten records.</summary>
    public AuditOptions Options { get; } = new() { Directory = "", SegmentBytes = 8000, CheckpointRecords = 10 };

    public SignedChain Write(int records, AuditOptions? options = null)
    {
        using var log = Open(options, Mark);
        for (var i = 0; i < records; i++)
        {
            Assert.True(log.TryAppend(Intent(i)));
        }

        return this;
    }

    public AuditVerification Verify(bool withMark = true, IReadOnlyList<CheckpointKey>? keys = null, Action<ChainLine>? each = null)
    {
        using var verifier = new ChainVerifier(
            new ChainTrust
            {
                Keys = keys ?? [Signer.Public],
                Known = withMark && Mark is { } mark ? new Dictionary<long, string> { [mark.Sequence] = mark.Hash } : [],
            },
            each);
        return verifier.Verify([.. AuditReader.Segments(Directory).Select(ChainSegment.Of)]);
    }

    /// <summary>All lines of all segments, without their line feeds.</summary>
    public List<string> Lines => [.. AuditReader.Segments(Directory).SelectMany(File.ReadAllLines)];

    /// <summary>Puts other lines in the place of all segments, in one.</summary>
    public void Replace(IEnumerable<string> lines)
    {
        foreach (var path in AuditReader.Segments(Directory).ToList())
        {
            File.Delete(path);
        }

        File.WriteAllText(AuditSegments.Path(Directory, 1), string.Concat(lines.Select(static line => line + "\n")));
    }

    /// <summary>What somebody does who knows the format: numbers, links and hashes made anew from a line on.</summary>
    public static List<string> Relink(IReadOnlyList<string> lines, int from, long? firstSequence = null)
    {
        var relinked = lines.Take(from).ToList();
        var previous = from == 0 ? AuditChain.Start : (string)JsonNode.Parse(relinked[^1])!["hash"]!;
        var sequence = firstSequence ?? (from == 0 ? 1 : (long)JsonNode.Parse(relinked[^1])!["seq"]! + 1);
        using var writer = new CanonicalJsonWriter();
        foreach (var line in lines.Skip(from))
        {
            var record = JsonNode.Parse(line)!.AsObject();
            record["prev"] = previous;
            record["seq"] = sequence++;
            relinked.Add(Rehash(record, out previous));
        }

        return relinked;
    }

    /// <summary>A record with a right hash.</summary>
    public static string Rehash(JsonObject record, out string hash)
    {
        record.Remove("hash");
        using var scratch = new CanonicalJsonWriter();
        using (var document = System.Text.Json.JsonDocument.Parse(record.ToJsonString()))
        {
            Assert.True(CanonicalJson.TryWrite(scratch, document.RootElement));
        }

        hash = AuditChain.Hash(scratch.Written);
        record["hash"] = hash;
        var canonical = new CanonicalJsonWriter();
        using (var document = System.Text.Json.JsonDocument.Parse(record.ToJsonString()))
        {
            Assert.True(CanonicalJson.TryWrite(canonical, document.RootElement));
        }

        var ascii = new System.Buffers.ArrayBufferWriter<byte>();
        AsciiJson.Append(ascii, canonical.Written);
        canonical.Dispose();
        return Encoding.ASCII.GetString(ascii.WrittenSpan);
    }

    public void Dispose()
    {
        Signer.Dispose();
        _folder.Dispose();
    }
}
