using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace SecretsFirewall.Cli.Scanning;

/// <summary>
/// The findings that somebody has seen and lives with, as a file to commit. It holds their fingerprints and the random key of these, never
/// a value; rule and path are there for its readers, and do not count. The key is called a salt there: it is no secret, and no scanner, this one
/// included, takes what stands behind that name for one.
/// </summary>
internal sealed class Baseline
{
    private const string Language = "sfw-baseline/v1";

    private const int KeyLength = 32;

    private readonly HashSet<string> _known;

    private Baseline(byte[] key, IEnumerable<string> known)
    {
        Key = key;
        _known = new HashSet<string>(known, StringComparer.Ordinal);
    }

    public byte[] Key { get; }

    public static Baseline New() => new(RandomNumberGenerator.GetBytes(KeyLength), []);

    /// <summary>Null if the file is none; <paramref name="problem"/> then says why.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public static Baseline? Read(string path, out string problem)
    {
        problem = "";
        try
        {
            var document = JsonSerializer.Deserialize(File.ReadAllBytes(path), BaselineJson.Default.BaselineDocument);
            if (document?.Schema == Language && Convert.FromBase64String(document.Salt) is { Length: KeyLength } key)
            {
                return new Baseline(key, document.Findings.Select(finding => finding.Fingerprint));
            }

            problem = $"{path} is not a baseline of schema {Language}. Write one with: sfw scan --write-baseline FILE";
        }
        catch (JsonException fault)
        {
            problem = $"{path}:{(fault.LineNumber ?? 0) + 1}: not a baseline that `sfw scan --write-baseline` wrote.";
        }
        catch (FormatException)
        {
            problem = $"{path}: the salt of the baseline is not base64.";
        }

        return null;
    }

    public bool Knows(ScanFinding finding) => finding.Fingerprints.Any(_known.Contains);

    /// <summary>The file's text with exactly <paramref name="findings"/> and this key: sorted, each once, so that a diff shows what is new.</summary>
    public string Write(IEnumerable<ScanFinding> findings)
    {
        var entries = findings
            .Select(finding => new BaselineEntry(finding.Fingerprint, finding.Rule, finding.Path))
            .Distinct()
            .OrderBy(entry => entry.Path, StringComparer.Ordinal)
            .ThenBy(entry => entry.Rule, StringComparer.Ordinal)
            .ThenBy(entry => entry.Fingerprint, StringComparer.Ordinal);
        var text = new StringBuilder("{\n").Append($"  \"schema\": \"{Language}\",\n  \"salt\": \"{Convert.ToBase64String(Key)}\",\n  \"findings\": [");
        var separator = "\n    ";
        foreach (var entry in entries)
        {
            text.Append(separator).Append(JsonSerializer.Serialize(entry, BaselineJson.Default.BaselineEntry));
            separator = ",\n    ";
        }

        return text.Append("\n  ]\n}\n").ToString();
    }
}

internal sealed record BaselineDocument(string Schema, string Salt, BaselineEntry[] Findings);

internal sealed record BaselineEntry(string Fingerprint, string Rule, string Path);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(BaselineDocument))]
internal sealed partial class BaselineJson : JsonSerializerContext;
