using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;

namespace SecretsFirewall.Audit.Exports;

/// <summary>
/// Checks an export, with nothing but keys that are trusted: <c>1</c> the manifest and its signature come first, so that nothing else is read
/// before somebody vouches for it; <c>2</c> exactly the files that it lists, each as it says, into a folder of our own; <c>3</c> the log in it;
/// <c>4</c> that the manifest says of the log what stands in it; <c>5</c> the policies.
/// </summary>
internal sealed class EvidenceCheck(IReadOnlyList<CheckpointKey> trusted, Action<long>? progress = null)
{
    private const int MostSignatureBytes = 200;

    private (byte[] Json, byte[] Signature)? _claimed;

    private sealed class Refused(EvidenceFault fault, string where, string detail) : Exception(detail)
    {
        public EvidenceResult Result { get; } = new(fault, where, detail);
    }

    /// <param name="folder">An empty folder, for the files while they are looked at; the caller removes it.</param>
    public EvidenceResult Check(Stream archive, string folder)
    {
        try
        {
            using var gzip = new GZipStream(archive, CompressionMode.Decompress, leaveOpen: true);
            using var tar = new TarReader(gzip, leaveOpen: true);
            var manifest = ReadManifest(tar, out var isTrusted);                            // :: Step 1
            Extract(tar, manifest, folder);                                                 // :: Step 2
            NothingBehind(gzip);
            var chain = Chain(manifest, folder, isTrusted);                                 // :: Step 3
            Summary(manifest, chain, folder);                                               // :: Step 4
            Policies(manifest, folder);                                                     // :: Step 5
            return new EvidenceResult(EvidenceFault.None, "", "", manifest, chain);
        }
        catch (Refused refused)
        {
            return refused.Result;
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException or FormatException or NotSupportedException or OverflowException)
        {
            return new EvidenceResult(EvidenceFault.Unreadable, "", "This is no archive of an export, or a damaged one.");
        }
    }

    private EvidenceManifest ReadManifest(TarReader tar, out bool isTrusted)
    {
        var json = Next(tar, EvidenceManifest.Name, EvidenceManifest.MostBytes) ?? throw new Refused(EvidenceFault.BadManifest, "", "The archive does not begin with manifest.json.");
        var signature = Next(tar, EvidenceManifest.SignatureName, MostSignatureBytes) ?? throw new Refused(EvidenceFault.Unsigned, EvidenceManifest.SignatureName, "The manifest has no signature.");
        if (EvidenceManifest.Read(json) is not { } manifest || !manifest.Write().AsSpan().SequenceEqual(json))
        {
            throw new Refused(EvidenceFault.BadManifest, EvidenceManifest.Name, "The manifest is not one of this format.");
        }

        var key = trusted.FirstOrDefault(one => one.Id == manifest.Key);
        isTrusted = key is not null;
        if (key is not null)
        {
            return key.VerifyDer(json, signature) ? manifest : throw new Refused(EvidenceFault.BadSignature, EvidenceManifest.SignatureName, "The manifest was changed after it was signed.");
        }

        // A key of the same log before or after the one that is trusted: the log has to vouch for it.
        _claimed = (json, signature);
        return manifest;
    }

    private static byte[]? Next(TarReader tar, string name, int most)
    {
        if (tar.GetNextEntry() is not { } entry || entry.Name != name || entry.EntryType != TarEntryType.RegularFile || entry.Length > most)
        {
            return null;
        }

        using var content = new MemoryStream();
        entry.DataStream?.CopyTo(content);
        return content.ToArray();
    }

    private void Extract(TarReader tar, EvidenceManifest manifest, string folder)
    {
        var listed = new Dictionary<string, EvidenceFile>(StringComparer.Ordinal);
        foreach (var file in manifest.Files)
        {
            if (!EvidencePaths.IsPlain(file.Path) || !listed.TryAdd(file.Path, file))
            {
                throw new Refused(EvidenceFault.BadPath, "", "The manifest lists a name that leads elsewhere, or twice.");
            }
        }

        while (tar.GetNextEntry() is { } entry)
        {
            if (!EvidencePaths.IsPlain(entry.Name))
            {
                throw new Refused(EvidenceFault.BadPath, "", "The archive holds a name that leads elsewhere.");
            }

            if (entry.EntryType != TarEntryType.RegularFile)
            {
                throw new Refused(EvidenceFault.BadEntry, entry.Name, "This is no plain file.");
            }

            if (!listed.Remove(entry.Name, out var file))
            {
                throw new Refused(EvidenceFault.Extra, entry.Name, "The manifest does not list this file, or it is here twice.");
            }

            if (entry.Length != file.Bytes || !CopyAs(entry.DataStream, Path.Combine(folder, Path.Combine(entry.Name.Split('/'))), file))
            {
                throw new Refused(EvidenceFault.Edited, entry.Name, "This file is not what the manifest says.");
            }
        }

        if (listed.Count > 0)
        {
            throw new Refused(EvidenceFault.Missing, listed.Keys.Order(StringComparer.Ordinal).First(), "The manifest lists this file, and it is not here.");
        }
    }

    private bool CopyAs(Stream? content, string target, EvidenceFile file)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using var copy = new FileStream(target, FileMode.CreateNew);
        var buffer = new byte[1 << 16];
        for (int read; content is not null && (read = content.Read(buffer)) > 0;)
        {
            hash.AppendData(buffer.AsSpan(0, read));
            copy.Write(buffer.AsSpan(0, read));
            progress?.Invoke(read);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset()) == file.Sha256;
    }

    // A tar ends with blocks of zeros; anything else there is something that nobody listed.
    private static void NothingBehind(Stream gzip)
    {
        Span<byte> buffer = stackalloc byte[4096];
        for (int read; (read = gzip.Read(buffer)) > 0;)
        {
            if (buffer[..read].IndexOfAnyExcept((byte)0) >= 0)
            {
                throw new Refused(EvidenceFault.Extra, "", "There is something behind the end of the archive.");
            }
        }
    }

    private AuditVerification Chain(EvidenceManifest manifest, string folder, bool isTrusted)
    {
        using var verifier = new ChainVerifier(new ChainTrust { Keys = trusted, MayBeginLate = true });
        var segments = manifest.Files.Where(static file => file.Path.StartsWith(EvidencePaths.Audit, StringComparison.Ordinal))
            .OrderBy(static file => file.Path, StringComparer.Ordinal)
            .Select(file => ChainSegment.Of(Path.Combine(folder, Path.Combine(file.Path.Split('/')))));
        var chain = verifier.Verify([.. segments]);
        if (!isTrusted && _claimed is var (json, signature)
            && !(verifier.Trusted(manifest.Key) is { } key && key.VerifyDer(json, signature)))
        {
            throw new Refused(EvidenceFault.UnknownKey, EvidenceManifest.SignatureName, "It is signed by a key that is not trusted, and that the log does not vouch for.");
        }

        return chain.Break is { } at
            ? throw new Refused(EvidenceFault.BrokenChain, $"{EvidencePaths.Audit}{at.Segment}:{at.Line}", $"{at.Reason.Word()}: {at.Reason.Sentence()}")
            : chain;
    }

    private static void Summary(EvidenceManifest manifest, AuditVerification chain, string folder)
    {
        var before = AuditReader.Read(Path.Combine(folder, "audit")).FirstOrDefault()?.Previous;
        if ((manifest.First, manifest.Last, manifest.Records, manifest.LastHash) != (chain.FirstSequence, chain.LastSequence, chain.Records, chain.LastHash) || before != manifest.Before)
        {
            throw new Refused(EvidenceFault.WrongSummary, EvidenceManifest.Name, "The manifest says something else of the log than what stands in it.");
        }
    }

    private static void Policies(EvidenceManifest manifest, string folder)
    {
        foreach (var policy in manifest.Policies.Where(static one => one.Folder is not null))
        {
            var prefix = policy.Folder + "/";
            var files = manifest.Files.Where(file => file.Path.StartsWith(prefix, StringComparison.Ordinal)).ToList();
            var hash = files is [{ Path: var path }] && path == prefix + "bundle.json"
                ? PayloadHash(Path.Combine(folder, Path.Combine(path.Split('/'))))
                : FolderHash(files, prefix);
            if ("sha256:" + hash != policy.Hash)
            {
                throw new Refused(EvidenceFault.WrongPolicy, policy.Folder!, "The policy that is here is not the one that the records name.");
            }
        }
    }

    // What `sha256sum *.json rules/*.json | sha256sum` prints in the policy's folder.
    private static string FolderHash(List<EvidenceFile> files, string prefix)
    {
        var list = new StringBuilder();
        foreach (var file in files.OrderBy(file => file.Path[prefix.Length..].StartsWith("rules/", StringComparison.Ordinal)).ThenBy(static file => file.Path, StringComparer.Ordinal))
        {
            list.Append(file.Sha256).Append("  ").Append(file.Path[prefix.Length..]).Append('\n');
        }

        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(list.ToString())));
    }

    // Of a signed envelope (DSSE): its payload is who the policy is, whoever signed it.
    private static string PayloadHash(string path)
    {
        try
        {
            using var envelope = System.Text.Json.JsonDocument.Parse(File.ReadAllBytes(path));
            return Convert.ToHexStringLower(SHA256.HashData(envelope.RootElement.GetProperty("payload").GetBytesFromBase64()));
        }
        catch (Exception e) when (e is System.Text.Json.JsonException or FormatException or InvalidOperationException or KeyNotFoundException)
        {
            return "";
        }
    }
}
