using SecretsFirewall.Cli.Terminal;
using SecretsFirewall.Inspection.Detection.Rules;

namespace SecretsFirewall.Cli.Scanning;

/// <summary>How findings are written: as they come, file by file.</summary>
internal interface IScanReport
{
    void Begin();

    void Add(FileScan file);

    void End(ScanTotals totals);

    /// <summary><c>text</c>, <c>json</c> or <c>sarif</c>.</summary>
    static IScanReport Of(string format, Output output, IReadOnlyList<DetectionRule> rules) => format switch
    {
        "json" => new JsonReport(output),
        "sarif" => new SarifReport(output, rules),
        _ => new TextReport(output),
    };
}
