using System.Text.Json;
using System.Text.Json.Nodes;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace SecretsFirewall.Cli.Demo;

/// <summary>Shows a <see cref="DemoReport"/> to a person: three columns where the terminal is wide enough, one below the other elsewhere.</summary>
internal sealed class DemoView(IAnsiConsole console, DemoReport report)
{
    // Three columns of less than 38 characters break every line of a request.
    private const int WideEnough = 114;

    private readonly string _reference = $"SECRET_REF({report.Secret})";

    public void Write()
    {
        console.MarkupLineInterpolated($"[bold]One secret, {report.Secret.Value}.[/] Its value is fake, made for this run, and therefore shown: {report.FakeValue}");
        console.WriteLine();
        Panel[] panels =
        [
            Panel("the agent sent", Sent(report.Model.Sent), "", Sent(report.Tool.Sent)),
            Panel("the model received", Received(report.Model)),
            Panel("the tool received", Received(report.Tool)),
        ];
        WriteSideBySide(panels);

        console.WriteLine();
        console.WriteLine("The tool's answer repeated the header it was given. The agent read:");
        console.Write(Highlight("  " + Answered(report.Tool.Answer)));
        console.WriteLine();
        console.WriteLine();
        console.WriteLine("The audit, counts and names but never a value:");
        console.Write(AuditTable());
        console.WriteLine("(407: this client shows its token only when it is asked for it.)");
        console.WriteLine();
        WriteClaim(report.Masked, "masked: the model was told the name, not the value");
        WriteClaim(report.Bound, "bound: the tool was given the value");
        WriteClaim(report.MaskedInAnswer, "masked again: the agent never saw the value that it used");
        WriteClaim(report.Audited, "audited: both exchanges, without the value");
    }

    private void WriteSideBySide(Panel[] panels)
    {
        if (console.Profile.Width >= WideEnough)
        {
            var grid = new Grid();
            foreach (var _ in panels)
            {
                grid.AddColumn(new GridColumn { Padding = new Padding(0, 0, 1, 0) });
            }

            console.Write(grid.AddRow([.. panels]));
            return;
        }

        foreach (var panel in panels)
        {
            console.Write(panel);
        }
    }

    private Panel Panel(string title, params string[] blocks) =>
        new(Highlight(string.Join('\n', blocks))) { Header = new PanelHeader($" {title} "), Expand = true };

    /// <summary>The value in red and the reference in green; everything else as it is.</summary>
    private Markup Highlight(string text) => new(Markup.Escape(text)
        .Replace(report.FakeValue, $"[red]{report.FakeValue}[/]", StringComparison.Ordinal)
        .Replace(_reference, $"[green]{_reference}[/]", StringComparison.Ordinal));

    private static string Sent(DemoRequest request) =>
        Message(request.Method, request.Url, request.Authorization, request.Body);

    private static string Received(DemoExchange exchange) => exchange.Received is { } r
        ? Message(r.Method, r.Target, r.Header("Authorization"), r.BodyText)
        : $"nothing (the agent was answered {exchange.Status})";

    private static string Message(string method, string target, string? authorization, string body)
    {
        var head = authorization is null ? $"{method} {target}" : $"{method} {target}\nAuthorization: {authorization}";
        return $"{head}\n{Text(body)}";
    }

    /// <summary>What a person would read of a body: the prompt of a model request, else the body.</summary>
    private static string Text(string body) =>
        JsonNode.Parse(body)?["messages"]?[0]?["content"]?.GetValue<string>() ?? body;

    private static string Answered(string answer)
    {
        try
        {
            return JsonNode.Parse(answer)?["headers"]?["Authorization"] is { } header ? $"Authorization: {header}" : answer;
        }
        catch (JsonException)
        {
            return answer;
        }
    }

    private Table AuditTable()
    {
        var table = new Table().Border(TableBorder.Simple).AddColumns("seq", "event", "request", "verdict", "findings");
        foreach (var line in report.Audit)
        {
            var record = JsonNode.Parse(line)!;
            table.AddRow(Cells(record).ToArray());
        }

        return table;
    }

    private static IEnumerable<IRenderable> Cells(JsonNode record)
    {
        yield return new Text(Field(record, "seq"));
        yield return new Text(Field(record, "type"));
        var destination = Field(record, "destination").Replace("https://", "", StringComparison.Ordinal).Replace(":443", "", StringComparison.Ordinal);
        yield return new Text($"{Field(record, "method")} {destination}{Field(record, "path")}".Trim());
        yield return new Text($"{Field(record, "verdict")} {Field(record, "status")}".Trim());
        yield return new Text(string.Join(", ", record["findings"]?.AsArray().Select(Finding) ?? []));
    }

    private static string Finding(JsonNode? finding) =>
        finding is null ? "" : $"{Field(finding, "rule")} {Field(finding, "action")} in {Field(finding, "carrier")}";

    private static string Field(JsonNode node, string name) => node[name]?.ToString() ?? "";

    private void WriteClaim(bool observed, string claim) =>
        console.MarkupLine(observed ? $"[green]✓[/] {Markup.Escape(claim)}" : $"[red]✗ NOT OBSERVED[/] {Markup.Escape(claim)}");
}
