using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json.Serialization;
using SecretsFirewall.Audit;
using SecretsFirewall.Bundles;
using SecretsFirewall.Cli.Scanning;
using SecretsFirewall.Cli.Terminal;
using SecretsFirewall.Inspection.Detection.Rules;

namespace SecretsFirewall.Cli.Commands;

/// <summary><c>sfw rules</c>: what is looked for, and why something is or is not found.</summary>
internal static class RulesCommand
{
    private static readonly Option<string[]> Own = new("--rules") { Description = "Rules of your own, beside the shipped ones: a file, or a directory of *.json.", HelpName = "FILE|DIR" };

    public static Command Create() => new("rules", """
        What is looked for beside registered values, and why something is or is not found.

        Rules are data: JSON with comments, with examples that each must pass. Write your own beside the shipped ones and check
        them with `sfw rules lint`.

        Examples:
          sfw rules list
          sfw rules show github-pat
          echo "key = $CANDIDATE" | sfw rules test -
          sfw rules lint our-rules.json
          sfw rules import .gitleaks.toml --output our-rules.json
        """)
    { List(), Show(), Test(), Lint(), RulesImportCommand.Create() };

    private static Command List()
    {
        var json = CommonOptions.Json();
        var family = new Option<string?>("--family") { Description = "Only this family.", HelpName = "NAME" };
        var command = new Command("list", "Lists all rules.") { json, family, Own };
        command.SetAction(parse =>
        {
            var output = Output.Of(parse);
            if (Load(parse, output) is not { } set)
            {
                return ExitCodes.Broken;
            }

            var rules = set.Rules.Where(rule => parse.GetValue(family) is not { } wanted || rule.Description.Family == wanted).ToList();
            if (parse.GetValue(json))
            {
                rules.ForEach(rule => output.Json(Describe(rule), RulesOutputJson.Default.RuleLine));
                return ExitCodes.Done;
            }

            output.Table(
                ["rule", "family", "provider", "kind", "confidence", "state", "literals"],
                [.. rules.Select(Describe).Select(rule => (string[])[rule.Id, rule.Family, rule.Provider, rule.Kind, rule.Confidence, rule.Enabled ? "on" : "off", rule.Literals.Count.ToString(CultureInfo.InvariantCulture)])]);
            output.Note(string.Create(CultureInfo.InvariantCulture, $"{rules.Count} rules, {rules.Count(rule => rule.Description.IsEnabled)} of them on."));
            return ExitCodes.Done;
        });
        return command;
    }

    private static Command Show()
    {
        var json = CommonOptions.Json();
        var id = new Argument<string>("ID") { Description = "The rule, as `sfw rules list` names it." };
        var command = new Command("show", "Shows all that is known of a rule. In its examples a secret stands as its prefix and length.") { id, json, Own };
        command.SetAction(parse =>
        {
            var output = Output.Of(parse);
            if (Load(parse, output) is not { } set)
            {
                return ExitCodes.Broken;
            }

            if (set.Find(parse.GetRequiredValue(id)) is not { } rule)
            {
                return output.Fail("There is no such rule. See: sfw rules list");
            }

            if (parse.GetValue(json))
            {
                output.Json(Describe(rule), RulesOutputJson.Default.RuleLine);
                return ExitCodes.Done;
            }

            Show(output, Describe(rule), rule);
            return ExitCodes.Done;
        });
        return command;
    }

    private static Command Test()
    {
        var json = CommonOptions.Json();
        var file = new Argument<string>("FILE") { Description = "The text; - for standard input.", DefaultValueFactory = _ => "-" };
        var only = new Option<string?>("--rule") { Description = "Ask this rule alone, also if it is off.", HelpName = "ID" };
        var command = new Command("test", """
            Says which rules find something in a text, and why others that came near do not.

            Every rule is asked by itself. `sfw scan` reports only the best of those that overlap.
            The exit code is 0 if a rule finds something, 1 if none does.

            Example:
              echo "password = changeme123" | sfw rules test
            """)
        { file, only, json, Own };
        command.SetAction(async (parse, cancellationToken) =>
        {
            var output = Output.Of(parse);
            if (Load(parse, output) is not { } set)
            {
                return ExitCodes.Broken;
            }

            var rules = set.Enabled;
            if (parse.GetValue(only) is { } id)
            {
                if (set.Find(id) is not { } rule)
                {
                    return output.Fail("There is no such rule. See: sfw rules list", ExitCodes.Broken);
                }

                rules = [rule];
            }

            if (await ReadAsync(parse.GetRequiredValue(file), cancellationToken) is not { } text)
            {
                return output.Fail($"The text cannot be read, or is longer than {RuleTrial.MaxLength} bytes. `sfw scan` takes any length.", ExitCodes.Broken);
            }

            var results = RuleTrial.Run(rules, text);
            Write(output, results, parse.GetValue(json));
            return results.Any(result => result.Reason == Suppression.None) ? ExitCodes.Done : ExitCodes.NotDone;
        });
        return command;
    }

    private static Command Lint()
    {
        var paths = new Argument<string[]>("FILE|DIR") { Description = "Rule files, or directories of *.json.", Arity = ArgumentArity.OneOrMore };
        var command = new Command("lint", """
            Checks rule files of your own as they are checked when they are loaded, and says what is wrong with file and line.

            A rule must have a bound, a literal that is rare enough to look for, and examples that it answers rightly.
            The exit code is 0 if all is well, 1 if something is wrong, 2 if a file cannot be read.

            Example:
              sfw rules lint our-rules.json
            """)
        { paths };
        command.SetAction(parse =>
        {
            var output = Output.Of(parse);
            if (OwnRules.Read(parse.GetRequiredValue(paths), out var problem) is not { } files)
            {
                return output.Fail(problem, ExitCodes.Broken);
            }

            if (ShippedRules.LoadWith(files, out var errors) is not { } set)
            {
                foreach (var error in errors)
                {
                    output.Line(TerminalText.Escape(error.ToString()));
                }

                return output.Fail(string.Create(CultureInfo.InvariantCulture, $"{errors.Count} errors; these files would not be loaded."));
            }

            output.Note(string.Create(CultureInfo.InvariantCulture, $"{set.Rules.Length - ShippedRules.Set.Rules.Length} rules in {files.Count} files, all well."));
            return ExitCodes.Done;
        });
        return command;
    }

    private static RuleSet? Load(ParseResult parse, Output output)
    {
        var set = OwnRules.Load(parse.GetValue(Own) ?? [], out var problems);
        foreach (var problem in problems)
        {
            output.Fail(TerminalText.Escape(problem));
        }

        return set;
    }

    private static async Task<byte[]?> ReadAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            await using var input = path == "-" ? Console.OpenStandardInput() : new FileStream(path, FileMode.Open, FileAccess.Read);
            var buffer = new byte[RuleTrial.MaxLength + 1];
            var length = await input.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken);
            return length > RuleTrial.MaxLength ? null : buffer[..length];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static void Write(Output output, IReadOnlyList<TrialResult> results, bool asJson)
    {
        if (asJson)
        {
            foreach (var result in results)
            {
                output.Json(
                    new TrialLine(
                        result.Rule.Id, result.Position.Line, result.Position.Column, result.Start, result.Start + result.Length,
                        ScanJson.Word(result.Confidence), RuleTrial.Word(result.Reason), result.Preview),
                    RulesOutputJson.Default.TrialLine);
            }

            return;
        }

        output.Table(
            ["at", "rule", "answer", "confidence", "text", "because"],
            [.. results.Select(result => (string[])
            [
                string.Create(CultureInfo.InvariantCulture, $"{result.Position.Line}:{result.Position.Column}"),
                result.Rule.Id,
                RuleTrial.Word(result.Reason),
                result.Reason == Suppression.None ? ScanJson.Word(result.Confidence) : "-",
                result.Preview,
                result.Reason == Suppression.None ? "" : RuleTrial.Sentence(result.Reason),
            ])]);
        if (results.Count == 0)
        {
            output.Note("No rule came near to anything.");
        }
    }

    private static void Show(Output output, RuleLine line, DetectionRule rule)
    {
        foreach (var (name, value) in new[]
        {
            ("rule", line.Id), ("what", line.Description), ("provider", line.Provider), ("family", line.Family), ("kind", line.Kind),
            ("confidence", line.Confidence), ("state", line.Enabled ? "on" : "off"), ("literals", string.Join(' ', line.Literals)),
            ("longest", $"{line.MaxLength} bytes"), ("at home at", line.Audience.Count == 0 ? "nowhere: it is a leak toward any host" : string.Join(' ', line.Audience)),
            ("source", line.Source),
        })
        {
            output.Line($"{output.Paint(name.PadRight(12), TextColour.Dim)}{TerminalText.Escape(value)}");
        }

        foreach (var example in rule.MakeExamples().DistinctBy(example => example.Template))
        {
            var shown = !example.MustMatch ? example.Template
                : string.Concat(
                    Encoding.UTF8.GetString(example.Text.Span[..example.Start]),
                    Preview.Of(rule, example.Text.Span.Slice(example.Start, example.Length)),
                    Encoding.UTF8.GetString(example.Text.Span[(example.Start + example.Length)..]));
            output.Line($"{output.Paint((example.MustMatch ? "finds" : "does not").PadRight(12), TextColour.Dim)}{TerminalText.Escape(shown)}");
        }
    }

    private static RuleLine Describe(DetectionRule rule) => new(
        rule.Id,
        rule.Description.Family,
        rule.Description.Provider,
        rule.Description.Text,
        rule.Kind switch
        {
            RuleKind.UrlPassword => "url_password",
            _ => rule.Kind.ToString().ToLowerInvariant(),
        },
        ScanJson.Word(rule.Confidence),
        rule.Description.IsEnabled,
        [.. rule.Literals.Select(literal => literal.ToString())],
        rule.MaxLength,
        [.. rule.Description.Audience],
        rule.Description.Source);
}

internal sealed record RuleLine(
    string Id,
    string Family,
    string Provider,
    string Description,
    string Kind,
    string Confidence,
    bool Enabled,
    IReadOnlyList<string> Literals,
    int MaxLength,
    IReadOnlyList<string> Audience,
    string Source);

/// <param name="Answer"><c>found</c>, or the word of what suppressed it.</param>
internal sealed record TrialLine(string Rule, long Line, long Column, int Start, int End, string Confidence, string Answer, string Preview);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(RuleLine))]
[JsonSerializable(typeof(TrialLine))]
internal sealed partial class RulesOutputJson : JsonSerializerContext;
