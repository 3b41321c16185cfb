using System.Formats.Tar;
using System.Globalization;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;

namespace SecretsFirewall.Audit.Exports;

/// <summary>What is to be exported.</summary>
/// <param name="Keys">The public halves of all keys there ever were.</param>
/// <param name="Policies">A folder for each policy that was in force, by its hash.</param>
internal sealed record EvidenceRequest(
    string Directory,
    AuditEnd End,
    DateTimeOffset? Since,
    CheckpointSigner Signer,
    IReadOnlyList<CheckpointKey> Keys,
    string Policies,
    string Timestamps,
    string Product,
    DateTimeOffset Now);

/// <summary>
/// Writes an export, in this order: <c>1</c> which segments, up to where they are signed; <c>2</c> a check of them, for the trust status and the
/// lists; <c>3</c> the hash of every file; <c>4</c> the manifest, signed; <c>5</c> the archive. Segments are only ever appended to, so that a log
/// that goes on changes nothing of what was hashed.
/// </summary>
internal static class EvidenceExport
{
    private const UnixFileMode Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <exception cref="IOException">Something cannot be read, or the archive not be written.</exception>
    public static EvidenceManifest Write(EvidenceRequest request, Stream archive)
    {
        var parts = new List<EvidencePart>();
        try
        {
            var segments = Segments(request);                                               // :: Step 1
            parts.AddRange(segments);
            using var lists = new EvidenceLists();
            var (verification, survey) = Look(request, segments, lists);                    // :: Step 2
            parts.AddRange(lists.Parts());
            parts.AddRange(request.Keys.Select(static key => new EvidencePart($"{EvidencePaths.Keys}{key.Id}.pem", new MemoryStream(Encoding.ASCII.GetBytes(key.Pem)))));
            var policies = lists.Policies(request.Policies, parts);
            parts.AddRange(Stamps(request.Timestamps, verification));
            parts.Sort(static (a, b) => string.CompareOrdinal(a.Path, b.Path));
            var manifest = new EvidenceManifest(                                             // :: Steps 3 and 4
                EvidenceManifest.FormatName,
                request.Product,
                request.Now,
                request.Since,
                request.Signer.Public.Id,
                verification.FirstSequence,
                lists.Before,
                verification.LastSequence,
                verification.LastHash,
                verification.Records,
                EvidenceTrust.Of(survey.Everything(verification)),
                [.. survey.Sessions(verification).Select(EvidenceTrust.Of)],
                policies,
                [.. parts.Select(static part => part.Describe())]);
            WriteArchive(archive, manifest.Write(), request.Signer, parts);                 // :: Step 5
            return manifest;
        }
        finally
        {
            parts.ForEach(static part => part.Dispose());
        }
    }

    private static List<EvidencePart> Segments(EvidenceRequest request)
    {
        var numbers = AuditSegments.List(request.Directory).Where(number => number <= request.End.Segment).ToList();
        var begin = request.Since is { } since ? Math.Max(0, numbers.FindLastIndex(number => Begins(request.Directory, number) <= since)) : 0;
        return [.. numbers.Skip(begin).Select(number =>
        {
            var path = AuditSegments.Path(request.Directory, number);
            var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            return new EvidencePart(EvidencePaths.Audit + Path.GetFileName(path), file, number == request.End.Segment ? request.End.Length : file.Length);
        })];
    }

    private static DateTimeOffset? Begins(string directory, int number)
    {
        using var scratch = new CanonicalJsonWriter();
        using var reader = new AuditLineReader(AuditSegments.Path(directory, number));
        return reader.TryRead(out var line) && AuditEntry.Read(line, scratch, out var entry) == AuditBreakReason.None ? entry!.Timestamp : null;
    }

    private static (AuditVerification Verification, TrustSurvey Survey) Look(EvidenceRequest request, List<EvidencePart> segments, EvidenceLists lists)
    {
        var survey = new TrustSurvey();
        using var verifier = new ChainVerifier(
            new ChainTrust { Keys = request.Keys, MayBeginLate = request.Since is not null },
            line =>
            {
                survey.See(line);
                lists.See(line);
            });
        return (verifier.Verify([.. segments.Select(static part => new ChainSegment(part.Path, part.OpenView))]), survey);
    }

    // Those of checkpoints in the export.
    private static IEnumerable<EvidencePart> Stamps(string folder, AuditVerification verification) => !Directory.Exists(folder) ? [] : Directory.EnumerateFiles(folder)
        .Where(file => long.TryParse(Path.GetFileNameWithoutExtension(file), NumberStyles.None, CultureInfo.InvariantCulture, out var sequence)
            && sequence >= verification.FirstSequence && sequence <= verification.LastSequence)
        .Select(static file => new EvidencePart(EvidencePaths.Timestamps + Path.GetFileName(file), File.OpenRead(file)));

    private static void WriteArchive(Stream archive, byte[] manifest, CheckpointSigner signer, List<EvidencePart> parts)
    {
        using var gzip = new GZipStream(archive, CompressionLevel.Optimal, leaveOpen: true);
        using var tar = new TarWriter(gzip, TarEntryFormat.Ustar);
        Add(tar, EvidenceManifest.Name, new MemoryStream(manifest));
        Add(tar, EvidenceManifest.SignatureName, new MemoryStream(signer.SignDer(manifest)));
        foreach (var part in parts)
        {
            Add(tar, part.Path, part.OpenView());
        }
    }

    private static void Add(TarWriter tar, string path, Stream content)
    {
        using (content)
        {
            tar.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, path) { Mode = Mode, ModificationTime = DateTimeOffset.UnixEpoch, DataStream = content });
        }
    }
}

/// <summary>A file of an export, before it is one.</summary>
/// <param name="length">How much of the content belongs to it.</param>
internal sealed class EvidencePart(string path, Stream content, long? length = null) : IDisposable
{
    private readonly long _length = length ?? content.Length;

    public string Path => path;

    /// <summary>From the beginning; only one at a time.</summary>
    public Stream OpenView()
    {
        content.Position = 0;
        return new LimitedStream(content, _length);
    }

    public EvidenceFile Describe()
    {
        using var view = OpenView();
        return new EvidenceFile(path, _length, Convert.ToHexStringLower(SHA256.HashData(view)));
    }

    public void Dispose() => content.Dispose();
}
