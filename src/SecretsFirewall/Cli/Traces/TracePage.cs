using System.Globalization;
using SecretsFirewall.Audit;
using SecretsFirewall.Cli.Terminal;

namespace SecretsFirewall.Cli.Traces;

/// <summary>Traces for people. Everything that an agent could have chosen is escaped.</summary>
internal sealed class TracePage(Output output)
{
    public void Write(SessionTrace trace, int skipped)
    {
        Row("session", trace.Id);
        Row("labels", string.Join(", ", trace.Labels));
        foreach (var note in trace.Notes)
        {
            Row("note", $"{note.At:u} {note.By}{(note.About is { } about ? $", about {about}" : "")}: {note.Text}");
        }

        Row("used", Describe(trace.Totals));
        Row("hosts", string.Join(", ", trace.Totals.Hosts));
        output.Line();
        if (skipped > 0)
        {
            output.Note(string.Create(CultureInfo.InvariantCulture, $"{skipped} earlier steps are left out: --last 0 shows all."));
        }

        output.Table(["step", "time", "what it is", "of", "what", "granted", "used"], [.. trace.Steps.Skip(skipped).Select(RowOf)]);
        if (trace.Grants.Count > 0)
        {
            output.Line();
            output.Table(["granted by", "what that allows", "times", "used for"], [.. trace.Grants.Select(static grant => (string[])
            [
                grant.Grant, grant.Allows, Text(grant.Times), string.Join(", ", grant.Used.Select(static one => one.Value == 1 ? one.Key : string.Create(CultureInfo.InvariantCulture, $"{one.Key} x{one.Value}"))),
            ])]);
        }
    }

    public void Write(TraceDiffLine diff)
    {
        Row("first", $"{diff.First}: {Describe(diff.FirstTotals)}");
        Row("second", $"{diff.Second}: {Describe(diff.SecondTotals)}");
        diff.OnlyFirst.ToList().ForEach(only => Row("only first", only));
        diff.OnlySecond.ToList().ForEach(only => Row("only second", only));
        output.Line();
        output.Table(["", "first", "second", "what it is", "what", "granted"], [.. diff.Steps.Select(static pair =>
        {
            var shown = (pair.First ?? pair.Second)!;
            return (string[])
            [
                pair.Mark, Text(pair.First?.Step), Text(pair.Second?.Step), Word(shown.Kind), Both(pair, static step => step.What), Both(pair, static step => step.Granted),
            ];
        })]);
    }

    private static string[] RowOf(TraceStep step) =>
        [Text(step.Number), step.At.ToString("HH:mm:ss.fff", CultureInfo.InvariantCulture), Word(step.Kind), Text(step.Of), step.What, step.Granted, step.Used];

    private static string Both(TracePairLine pair, Func<TraceStepLine, string> member) => (pair.First is { } first ? member(first) : null, pair.Second is { } second ? member(second) : null) switch
    {
        ({ } one, { } other) when one != other => $"{one} → {other}",
        var (one, other) => one ?? other ?? "",
    };

    private static string Describe(TraceTotals totals)
    {
        var cost = string.Concat(totals.Cost.Select(static one => string.Create(CultureInfo.InvariantCulture, $", {one.Value} {one.Key}")));
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{totals.Requests} requests, {totals.Refused} refused; {totals.ToolCalls} tool calls, {totals.Withheld} withheld; {totals.InputTokens} tokens in, {totals.OutputTokens} out{cost}; {totals.RequestBytes} bytes out, {totals.ResponseBytes} in; {totals.Masked} masked");
    }

    private static string Word(TraceKind kind) => System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(kind.ToString()).Replace('_', ' ');

    private static string Text(long? number) => number?.ToString(CultureInfo.InvariantCulture) ?? "";

    private void Row(string name, string value)
    {
        if (value.Length > 0)
        {
            output.Line($"{output.Paint(name.PadRight(12), TextColour.Dim)}{TerminalText.Escape(value)}");
        }
    }
}
