using System.CommandLine;
using System.Globalization;
using SecretsFirewall.Admin;
using SecretsFirewall.Cli.Configuration;
using SecretsFirewall.Cli.Terminal;

namespace SecretsFirewall.Cli.Commands;

/// <summary><c>sfw usage</c>: what models were used for, and what it cost.</summary>
internal static class UsageCommand
{
    private const int ChartWidth = 24;

    private static readonly string[] Columns =
        ["calls", "input", "output", "cache read", "cache write", "cost", "estimated", "unpriced"];

    public static Command Create()
    {
        var by = new Option<UsageGrouping>("--by") { Description = "What is added up.", HelpName = "agent|model|hour|session|provider", DefaultValueFactory = static _ => UsageGrouping.Agent };
        var since = new Option<string>("--since") { Description = "A time such as 24h or 7d back from now, or a day such as 2026-11-01, in UTC.", HelpName = "TIME", DefaultValueFactory = static _ => "7d" };
        var agent = new Option<string?>("--agent") { Description = "Only this agent.", HelpName = "NAME" };
        var format = new Option<string>("--format") { Description = "How it is written.", HelpName = "table|csv|json", DefaultValueFactory = static _ => "table" };
        format.AcceptOnlyFromAmong("table", "csv", "json");
        var json = CommonOptions.Json();
        var command = new Command("usage", """
            What models were used for: calls, tokens by kind, and what they cost by the policy's prices.

            Input does not hold what came out of a cache or went into one; output holds reasoning. Estimated are the calls about
            which the provider did not say everything; unpriced those of models that the policy has no price for: they are in no cost.

            Examples:
              sfw usage
              sfw usage --by model --since 24h
              sfw usage --by hour --since 2026-11-01 --format csv
            """)
        { by, since, agent, format, json };
        command.SetControlAction(context =>
        {
            var now = TimeProvider.System.GetUtcNow();
            if (TryReadSince(context.Parse.GetRequiredValue(since), now) is not { } from)
            {
                return Task.FromResult(context.Output.Fail("--since is a time such as 24h or 7d, or a day such as 2026-11-01.", ExitCodes.Broken));
            }

            var grouping = context.Parse.GetValue(by);
            return context.CallAsync(ControlOperations.Usage, new UsageRequest(from, null, grouping, context.Parse.GetValue(agent)), reply =>
            {
                Write(context.Output, reply, grouping, context.Parse.GetValue(json) ? "json" : context.Parse.GetRequiredValue(format));
                return ExitCodes.Done;
            });
        });
        return command;
    }

    internal static DateTimeOffset? TryReadSince(string text, DateTimeOffset now) =>
        text.Length <= 6 && ValueFormats.TryParseDuration(text, out var time) ? now - time
        : DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) ? new DateTimeOffset(day, TimeOnly.MinValue, TimeSpan.Zero)
        : null;

    internal static void Write(Output output, UsageReply reply, UsageGrouping by, string format)
    {
        var name = by.ToString().ToLowerInvariant();
        if (format == "json")
        {
            output.Json(reply, ControlJson.Default.UsageReply);
        }
        else if (format == "csv")
        {
            output.Line(string.Join(',', [name, "calls", "input", "output", "cache_read", "cache_write", "reasoning", "estimated", "suspect", "unpriced", "cost", "currency"]));
            foreach (var line in reply.Lines)
            {
                WriteCsv(output, line);
            }
        }
        else if (reply.Lines.Count == 0)
        {
            output.Note($"No model was called since {reply.Since:u}.");
        }
        else
        {
            var most = reply.Lines.Max(static line => line.Total);
            string[] headers = output.IsTerminal ? [name, .. Columns, "tokens"] : [name, .. Columns];
            output.Table(headers, [.. reply.Lines.Append(reply.Total).Select(line => Row(line, output.IsTerminal && !ReferenceEquals(line, reply.Total) ? most : null))]);
        }
    }

    /// <summary>A bar as long as its share of the longest, in eighths of a letter.</summary>
    internal static string Bar(long value, long most)
    {
        const string Eighths = " ▏▎▍▌▋▊▉";
        var eighths = most <= 0 ? 0 : (int)((decimal)value * ChartWidth * 8 / most);
        var bar = new string('█', eighths / 8) + (eighths % 8 is > 0 and var rest ? Eighths[rest] : "");
        return bar.Length == 0 && value > 0 ? "▏" : bar;
    }

    // One line for each currency: sums of several are none.
    private static void WriteCsv(Output output, UsageLine line)
    {
        var costs = line.Cost.Count == 0 ? [new CostReply(0, "")] : line.Cost;
        for (var i = 0; i < costs.Count; i++)
        {
            var counts = i == 0
                ? new[] { line.Calls, line.Input, line.Output, line.CacheRead, line.CacheWrite, line.Reasoning, line.Estimated, line.Suspect, line.Unpriced }
                : new long[9];
            output.Line(string.Join(',', [Quoted(line.Name), .. counts.Select(Number), costs[i].Amount.ToString("0.############", CultureInfo.InvariantCulture), costs[i].Currency]));
        }
    }

    /// <summary>RFC 4180; and no cell begins with what a spreadsheet takes for a formula.</summary>
    private static string Quoted(string text)
    {
        var safe = text.Length > 0 && "=+-@\t\r".Contains(text[0], StringComparison.Ordinal) ? "'" + text : text;
        return safe.AsSpan().ContainsAny(",\"\r\n") ? $"\"{safe.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : safe;
    }

    private static string[] Row(UsageLine line, long? most)
    {
        string[] cells =
        [
            line.Name,
            Number(line.Calls),
            Grouped(line.Input),
            Grouped(line.Output),
            Grouped(line.CacheRead),
            Grouped(line.CacheWrite),
            string.Join(" + ", line.Cost.Select(cost => $"{cost.Amount.ToString("0.00####", CultureInfo.InvariantCulture)} {cost.Currency}")),
            Number(line.Estimated),
            Number(line.Unpriced),
        ];
        return most is { } all ? [.. cells, Bar(line.Total, all)] : cells;
    }

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Grouped(long value) => value.ToString("#,0", CultureInfo.InvariantCulture);
}
