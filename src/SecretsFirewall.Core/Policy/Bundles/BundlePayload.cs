using System.Security.Cryptography;
using System.Text;
using SecretsFirewall.Model.Documents;

namespace SecretsFirewall.Policy.Bundles;

/// <summary>From the bytes of a payload to manifest and files, each checked against the other. Who signed them is not asked here.</summary>
internal static class BundlePayload
{
    public const string Anyone = "*";

    private const string Where = "bundle";
    private const int MaxFiles = 200;
    private const int MaxFileBytes = 4 << 20;

    // Years beyond these are mistakes, and sums with them have no day.
    private static readonly DateTimeOffset Earliest = new(2020, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset Latest = new(9000, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>The manifest and the files' bytes by path; null with the reason.</summary>
    public static (BundleManifest Manifest, IReadOnlyList<PolicyFile> Files)? Read(ReadOnlySpan<byte> payload, out BundleRefusal? refusal)
    {
        var faults = new List<DocumentFault>();
        if (DocumentReader.Read<BundleDocument>(payload, BundleJson.Default, faults) is not var (document, lines))
        {
            refusal = new(BundleFault.Malformed, "The payload is no bundle.", [.. faults.Select(fault => new PolicyError(Where, fault.Line, fault.Message))]);
            return null;
        }

        var manifest = document.Manifest;
        if (FaultOf(manifest) is var (member, message))
        {
            refusal = new(BundleFault.Malformed, "The manifest of the bundle is wrong.", [new PolicyError(Where, lines.Of($"/manifest/{member}"), message)]);
            return null;
        }

        if (BundlePaths.Fault(document.Contents.Keys.Order(StringComparer.Ordinal)) is not null || BundlePaths.Fault(manifest.Files.Select(file => file.Path)) is not null)
        {
            refusal = new(BundleFault.BadPath, "A file of the bundle has a name that none may have, or two have the same: name.json and rules/name.json are allowed.");
            return null;
        }

        var files = document.Contents.OrderBy(pair => pair.Key, StringComparer.Ordinal)
            .Select(pair => new PolicyFile(pair.Key, Encoding.UTF8.GetBytes(pair.Value))).ToList();
        if (files.Count is 0 or > MaxFiles || files.Exists(file => file.Content.Length > MaxFileBytes))
        {
            refusal = new(BundleFault.TooLarge, $"A bundle has 1 to {MaxFiles} files of at most {MaxFileBytes} bytes.");
            return null;
        }

        refusal = manifest.Files.Length == files.Count && manifest.Files.All(listed => files.Exists(file => IsSame(listed, file)))
            ? null
            : new(BundleFault.FileListMismatch, "The files of the bundle are not those that its manifest lists, byte for byte.");
        return refusal is null ? (manifest, files) : null;
    }

    public static BundleFile Describe(PolicyFile file) => new()
    {
        Path = file.Path,
        Sha256 = Convert.ToHexStringLower(SHA256.HashData(file.Content.Span)),
        Size = file.Content.Length,
    };

    /// <summary>The member that is wrong, and how.</summary>
    public static (string Member, string Message)? FaultOf(BundleManifest manifest) => manifest switch
    {
        { Schema: not BundleDocument.Format } => ("schema", $"Only '{BundleDocument.Format}' can be read."),
        _ when !IsName(manifest.Name) => ("name", "Letters, digits, '_', '.' and '-', 1 to 64 of them."),
        { Version: < 1 } => ("version", "Versions count from 1."),
        { Audience.Length: 0 or > 100 } => ("audience", "Names of installations, or '*' for all of them."),
        _ when manifest.Audience.Any(one => one != Anyone && !IsName(one)) => ("audience", "A name has letters, digits, '_', '.' and '-', 1 to 64 of them."),
        _ when manifest.IssuedAt < Earliest => ("issued_at", "It is before 2020."),
        _ when manifest.ExpiresAt > Latest => ("expires_at", "It is after the year 9000."),
        _ when manifest.ExpiresAt <= manifest.IssuedAt => ("expires_at", "It ends before it was issued."),
        _ when manifest.NotBefore >= manifest.ExpiresAt => ("not_before", "It begins after its end."),
        _ when manifest.PreviousSha256 is { } hash && !IsHash(hash) => ("previous_sha256", "A SHA-256 in lower-case hex is expected."),
        _ when !Version.TryParse(manifest.MinEngine, out _) => ("min_engine", "A version such as 0.1.0 is expected."),
        _ => null,
    };

    public static bool IsName(string text) => text.Length is > 0 and <= 64 && text.All(static c => char.IsAsciiLetterOrDigit(c) || c is '_' or '.' or '-');

    private static bool IsHash(string text) => text.Length == 64 && text.All(char.IsAsciiHexDigitLower);

    private static bool IsSame(BundleFile listed, PolicyFile file) => Describe(file) == listed;
}
