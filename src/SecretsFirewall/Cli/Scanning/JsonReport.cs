using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using SecretsFirewall.Cli.Terminal;
using SecretsFirewall.Inspection.Detection.Rules;

namespace SecretsFirewall.Cli.Scanning;

/// <summary>For programs: one object a line, written when its file is done.</summary>
internal sealed class JsonReport(Output output) : IScanReport
{
    public void Begin()
    {
    }

    public void Add(FileScan file)
    {
        foreach (var finding in file.Findings)
        {
            output.Json(
                new FindingLine(
                    finding.Path, finding.Rule, finding.From.Line, finding.From.Column, finding.Start, finding.End,
                    ScanJson.Word(finding.Confidence), finding.Fingerprint, finding.Preview),
                ScanJson.Readable.FindingLine);
        }
    }

    public void End(ScanTotals totals)
    {
    }
}

/// <param name="Start">The offset of the secret's first byte in the file; <paramref name="End"/> is that of the first byte after it.</param>
internal sealed record FindingLine(
    string Path, string Rule, long Line, long Column, long Start, long End, string Confidence, string Fingerprint, string Preview);

[JsonSerializable(typeof(FindingLine))]
[JsonSerializable(typeof(SarifRule))]
[JsonSerializable(typeof(SarifResult))]
[JsonSerializable(typeof(SarifInvocation))]
internal sealed partial class ScanJson : JsonSerializerContext
{
    /// <summary>Letters of all scripts as they are; nothing here is put into HTML.</summary>
    public static ScanJson Readable { get; } = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });

    public static string Word(RuleConfidence confidence) => confidence switch
    {
        RuleConfidence.High => "high",
        RuleConfidence.Medium => "medium",
        _ => "low",
    };
}
