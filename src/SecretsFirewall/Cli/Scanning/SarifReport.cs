using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using SecretsFirewall.Admin;
using SecretsFirewall.Cli.Terminal;
using SecretsFirewall.Inspection.Detection;
using SecretsFirewall.Inspection.Detection.Rules;

namespace SecretsFirewall.Cli.Scanning;

/// <summary>
/// SARIF 2.1.0 (OASIS, 27 March 2020), as code hosts and editors read it. Written piece by piece, so that a scan of any size keeps nothing:
/// the rules first, then a result a line, then what went wrong.
/// </summary>
internal sealed class SarifReport(Output output, IReadOnlyList<DetectionRule> rules) : IScanReport
{
    private const string Schema = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

    private readonly List<SarifNotification> _problems = [];
    private string _separator = "";

    public void Begin()
    {
        output.Line("{");
        output.Line($"\"$schema\": \"{Schema}\", \"version\": \"2.1.0\",");
        output.Line("\"runs\": [{");
        output.Line($"\"tool\": {{ \"driver\": {{ \"name\": \"Secrets Firewall\", \"version\": \"{AdminServer.Version}\", \"rules\": [");
        var described = rules.Select(rule => new SarifRule(rule.Id, new(rule.Description.Text), new(LevelOf(rule.Confidence))))
            .Append(new SarifRule(Detection.RegistryRule, new("A value that is registered in the vault."), new("error")));
        output.Line(string.Join(",\n", described.Select(rule => Text(rule, ScanJson.Readable.SarifRule))));
        output.Line("] } },");
        output.Line("\"columnKind\": \"unicodeCodePoints\",");
        output.Line("\"results\": [");
    }

    public void Add(FileScan file)
    {
        foreach (var finding in file.Findings)
        {
            output.Line(_separator + Text(ResultOf(finding), ScanJson.Readable.SarifResult));
            _separator = ",";
        }

        if (file.Problem is { } problem)
        {
            _problems.Add(new SarifNotification("error", new SarifText(problem), [new SarifLocation(new SarifPlace(new SarifFile(UriOf(file.Path)), null))]));
        }
    }

    public void End(ScanTotals totals)
    {
        output.Line("],");
        output.Line($"\"invocations\": [{Text(new SarifInvocation(_problems.Count == 0, _problems), ScanJson.Readable.SarifInvocation)}]");
        output.Line("}]");
        output.Line("}");
    }

    private static SarifResult ResultOf(ScanFinding finding) => new(
        finding.Rule,
        LevelOf(finding.Confidence),
        new SarifText($"{finding.Preview} looks like a secret (rule {finding.Rule}, confidence {ScanJson.Word(finding.Confidence)})."),
        [new SarifLocation(new SarifPlace(new SarifFile(UriOf(finding.Path)), new SarifRegion(
            finding.From.Line, finding.From.Column, finding.To.Line, finding.To.Column, finding.Start, finding.End - finding.Start)))],
        new Dictionary<string, string> { ["sfwFingerprint/v1"] = finding.Fingerprint });

    private static string LevelOf(RuleConfidence confidence) => confidence switch
    {
        RuleConfidence.High => "error",
        RuleConfidence.Medium => "warning",
        _ => "note",
    };

    /// <summary>A relative reference, or a <c>file:</c> URI (RFC 3986; RFC 8089).</summary>
    private static string UriOf(string path)
    {
        var escaped = string.Join('/', path.Split('/').Select(Uri.EscapeDataString));
        return Path.IsPathRooted(path) ? $"file://{escaped}" : escaped;
    }

    private static string Text<T>(T value, JsonTypeInfo<T> type) => JsonSerializer.Serialize(value, type);
}

internal sealed record SarifText(string Text);

internal sealed record SarifLevel(string Level);

internal sealed record SarifRule(string Id, SarifText ShortDescription, SarifLevel DefaultConfiguration);

internal sealed record SarifFile(string Uri);

internal sealed record SarifRegion(long StartLine, long StartColumn, long EndLine, long EndColumn, long ByteOffset, long ByteLength);

internal sealed record SarifPlace(SarifFile ArtifactLocation, SarifRegion? Region);

internal sealed record SarifLocation(SarifPlace PhysicalLocation);

internal sealed record SarifResult(
    string RuleId, string Level, SarifText Message, IReadOnlyList<SarifLocation> Locations, IReadOnlyDictionary<string, string> PartialFingerprints);

internal sealed record SarifNotification(string Level, SarifText Message, IReadOnlyList<SarifLocation> Locations);

internal sealed record SarifInvocation(bool ExecutionSuccessful, IReadOnlyList<SarifNotification> ToolExecutionNotifications);
