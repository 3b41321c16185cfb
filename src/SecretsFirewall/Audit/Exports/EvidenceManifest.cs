using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;

namespace SecretsFirewall.Audit.Exports;

/// <summary>What an export holds, signed as a whole: docs/evidence-format.md.</summary>
/// <param name="Key">The id of the key that signs.</param>
/// <param name="Before">The hash that the first record continues.</param>
internal sealed record EvidenceManifest(
    string Format,
    string Product,
    DateTimeOffset Created,
    DateTimeOffset? Since,
    string Key,
    long First,
    string Before,
    long Last,
    string LastHash,
    long Records,
    EvidenceTrust Trust,
    IReadOnlyList<EvidenceTrust> Sessions,
    IReadOnlyList<EvidencePolicy> Policies,
    IReadOnlyList<EvidenceFile> Files)
{
    public const string FormatName = "sfw-evidence-v1";

    public const string Name = "manifest.json";

    public const string SignatureName = "manifest.sig";

    // Sessions and files are a line each; no export has millions of either.
    public const int MostBytes = 256 << 20;

    public byte[] Write() => [.. JsonSerializer.SerializeToUtf8Bytes(this, ManifestJson.Default.EvidenceManifest), (byte)'\n'];

    public static EvidenceManifest? Read(ReadOnlySpan<byte> json)
    {
        try
        {
            return JsonSerializer.Deserialize(json, ManifestJson.Default.EvidenceManifest) is { Format: FormatName } manifest ? manifest : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

/// <summary>How far it can be relied on, by the words of docs/evidence.md.</summary>
/// <param name="Session">Null for the whole.</param>
internal sealed record EvidenceTrust(string? Session, string? Agent, long First, long Last, long Records, string Status, IReadOnlyDictionary<string, long> Causes)
{
    public static EvidenceTrust Of(TrustReport report) => new(
        report.Session.Length == 0 ? null : report.Session, report.Session.Length == 0 ? null : report.Agent, report.First, report.Last, report.Records, report.Status.Word(),
        report.Causes.ToDictionary(static one => one.Word, static one => one.Count, StringComparer.Ordinal));
}

/// <summary>A policy that decided about records of the export.</summary>
/// <param name="Folder">Where its files or its envelope are; null where they were not kept.</param>
internal sealed record EvidencePolicy(string Hash, string Id, int Revision, string? Folder);

/// <param name="Sha256">In hex.</param>
internal sealed record EvidenceFile(string Path, long Bytes, string Sha256);

/// <summary>The only names that an export has: lower-case folders, no dots in front, nothing that leads out.</summary>
internal static partial class EvidencePaths
{
    public const string Audit = "audit/";
    public const string Keys = "keys/";
    public const string Policies = "policies/";
    public const string Timestamps = "timestamps/";
    public const string Checkpoints = "checkpoints.ndjson";
    public const string Decisions = "decisions.ndjson";
    public const string Approvals = "approvals.ndjson";

    public static bool IsPlain(string path) => path.Length <= 200 && Plain().IsMatch(path);

    [GeneratedRegex(@"^[A-Za-z0-9_-][A-Za-z0-9_.-]*(/[A-Za-z0-9_-][A-Za-z0-9_.-]*){0,4}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Plain();
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    AllowDuplicateProperties = false,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    WriteIndented = true,
    NewLine = "\n")]
[JsonSerializable(typeof(EvidenceManifest))]
internal sealed partial class ManifestJson : JsonSerializerContext;
