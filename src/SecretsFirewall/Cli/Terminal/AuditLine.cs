using System.Globalization;
using SecretsFirewall.Audit;
using SecretsFirewall.Model;

namespace SecretsFirewall.Cli.Terminal;

/// <summary>One record on one line of a terminal. Everything that an agent could have chosen is escaped.</summary>
internal static class AuditLine
{
    private const int VerdictWidth = 16;

    private const int AgentWidth = 12;

    private const int MethodWidth = 7;

    public static string Format(AuditEntry entry, Output output)
    {
        var record = entry.Record;
        var word = record.Verdict?.Word() ?? record.Type;
        var where = record.Destination is { } destination ? TerminalText.Escape(destination.Authority) + TerminalText.Escape(record.Path ?? "") : "";
        return string.Join(' ', new[]
        {
            output.Paint(entry.Timestamp.ToString("HH:mm:ss.fff", CultureInfo.InvariantCulture), TextColour.Dim),
            output.Paint(word.PadRight(VerdictWidth), ColourOf(record)),
            TerminalText.Escape(record.Agent ?? "-").PadRight(AgentWidth),
            TerminalText.Escape(record.Method ?? "").PadRight(MethodWidth),
            record.Status?.ToString(CultureInfo.InvariantCulture) ?? "   ",
            where,
            output.Paint(Remarks(record), TextColour.Dim),
        }).TrimEnd();
    }

    private static string Remarks(AuditRecord record)
    {
        var remarks = record.Findings.Select(f => $"{f.Action.Word()} {TerminalText.Escape(f.Name ?? f.Rule)}{(f.Count > 1 ? $" x{f.Count}" : "")}").ToList();
        if (record.Code is { } code)
        {
            remarks.Add(code);
        }

        if (record.Rule is { } rule)
        {
            remarks.Add(rule);
        }

        if (record.Type is AuditTypes.TunnelOpened)
        {
            remarks.Add("opened");
        }
        else if (record.Type is AuditTypes.TunnelClosed)
        {
            remarks.Add(string.Create(CultureInfo.InvariantCulture, $"closed, {record.RequestBytes} bytes out, {record.ResponseBytes} in"));
        }

        return remarks.Count == 0 ? "" : $"[{string.Join(", ", remarks)}]";
    }

    private static TextColour ColourOf(AuditRecord record) => record switch
    {
        { Verdict: Verdict.Forwarded } => TextColour.Green,
        { Verdict: Verdict.Changed } => TextColour.Cyan,
        { Verdict: Verdict.Refused or Verdict.Aborted } => TextColour.Red,
        { Verdict: Verdict.UpstreamFailed or Verdict.Unverified } => TextColour.Yellow,
        { Type: AuditTypes.BypassAttempt or AuditTypes.CanarySighted or AuditTypes.Killed or AuditTypes.GateUnlocked or AuditTypes.RiskRaised or AuditTypes.ClientRejectedCa or AuditTypes.Repaired } => TextColour.Red,
        _ => TextColour.Dim,
    };
}
