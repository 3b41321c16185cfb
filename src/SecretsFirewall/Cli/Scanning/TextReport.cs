using System.Globalization;
using SecretsFirewall.Audit;
using SecretsFirewall.Cli.Terminal;

namespace SecretsFirewall.Cli.Scanning;

/// <summary>For people: on a terminal a table for each file, in a pipe a line of tabs for each finding.</summary>
internal sealed class TextReport(Output output) : IScanReport
{
    private static readonly string[] Headers = ["at", "rule", "confidence", "secret", "fingerprint"];

    public void Begin()
    {
    }

    public void Add(FileScan file)
    {
        if (file.Findings.Count == 0)
        {
            return;
        }

        if (!output.IsTerminal)
        {
            output.Table(["path", .. Headers], [.. file.Findings.Select(finding => (string[])[finding.Path, .. Cells(finding)])]);
            return;
        }

        output.Line(output.Paint(TerminalText.Escape(file.Path), TextColour.Cyan));
        output.Table(Headers, [.. file.Findings.Select(Cells)]);
        output.Line();
    }

    public void End(ScanTotals totals)
    {
    }

    private static string[] Cells(ScanFinding finding) =>
    [
        string.Create(CultureInfo.InvariantCulture, $"{finding.From.Line}:{finding.From.Column}"),
        finding.Rule,
        ScanJson.Word(finding.Confidence),
        finding.Preview,
        finding.Fingerprint,
    ];
}
