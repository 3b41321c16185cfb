using System.Globalization;
using SecretsFirewall.Admin;
using SecretsFirewall.Audit;

namespace SecretsFirewall.Cli.Terminal;

/// <summary>Questions for people's eyes. Whatever an agent or a model wrote is escaped: it must not be able to draw a harmless question over itself.</summary>
internal static class ApprovalText
{
    private const int MostWhat = 80;

    public static IReadOnlyList<string> Headers { get; } = ["id", "status", "agent", "what", "rule", "role", "until"];

    public static IReadOnlyList<string> Row(ApprovalReply one) =>
        [one.Id, one.Status, one.Agent, Shortened(What(one)), one.Rule, one.RequiredRole, Time(one.Until ?? one.ExpiresAt)];

    /// <summary>In a line; not escaped.</summary>
    public static string What(ApprovalReply one) => one.Tool is { } tool ? $"tool {tool}" : $"{one.Method} {one.Destination}{one.Target}";

    public static void Show(Output output, ApprovalDetailReply detail)
    {
        var one = detail.Approval;
        Line(output, "question", $"{one.Id} ({one.Status})");
        Line(output, "who", $"agent {one.Agent}, session {one.Session}");
        Line(output, "what", What(one));
        if (one.Content is { } content)
        {
            Line(output, "", string.Create(CultureInfo.InvariantCulture, $"{one.ContentBytes} bytes, masked:"));
            foreach (var line in content.Split('\n'))
            {
                Line(output, "", "  " + line);
            }
        }

        Line(output, "why", $"{one.Explanation} Rule {one.Rule}, policy {one.Bundle.Id} revision {one.Bundle.Revision.ToString(CultureInfo.InvariantCulture)}; matched: {string.Join(", ", one.Matched)}");
        Line(output, "risk", one.Risk is { } risk ? string.Create(CultureInfo.InvariantCulture, $"{risk} of 100{(one.Class is { } c ? $", class {c}" : "")}") : one.Class ?? "not rated");
        if (one.MayCost is { } cost)
        {
            Line(output, "cost", string.Create(CultureInfo.InvariantCulture, $"up to {cost} {one.Currency}"));
        }

        Line(output, "needs", $"{one.RequiredRole}, until {Time(one.ExpiresAt)}");
        Line(output, "fingerprint", one.Fingerprint);
        if (one.AnsweredBy is { } by)
        {
            Line(output, "answer", $"{(one.Until is null ? "no" : "yes")} by {by} ({one.AnsweredRole}), {Time(one.AnsweredAt!.Value)}{(one.Note is { } note ? $": {note}" : "")}");
        }

        if (one.Until is { } until)
        {
            Line(output, "holds", string.Create(CultureInfo.InvariantCulture, $"{one.UsesLeft} more {(one.ForSession ? "in this session, " : "")}until {Time(until)}{(one.MaxCost is { } most ? $", up to {most} ({one.Cost} so far)" : "")}"));
        }

        Line(output, "history", detail.History.Count == 0 ? "never asked before" : "");
        foreach (var before in detail.History)
        {
            Line(output, "", $"  {Time(before.CreatedAt)}  {before.Status}{(before.AnsweredBy is { } who ? $" by {who}" : "")}");
        }

        if (one.Exchange.Length > 0)
        {
            Line(output, "more", $"sfw explain {one.Exchange}");
        }
    }

    public static string Time(DateTimeOffset time) => time.ToString("u", CultureInfo.InvariantCulture);

    private static void Line(Output output, string label, string text) => output.Line($"{label,-12}{TerminalText.Escape(text)}");

    private static string Shortened(string text) => text.Length <= MostWhat ? text : text[..MostWhat] + "…";
}
