using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using SecretsFirewall.Inspection.Detection.Rules;
using SecretsFirewall.Inspection.Detection.Rules.Documents;

namespace SecretsFirewall.Cli.Importing;

/// <summary>
/// Makes rule files of a gitleaks configuration. Each rule becomes one of kind token where its pattern says no more than that, else one
/// of kind regex; what can be neither, and every part of the file that has no counterpart, gets a row that says so. Nothing is left
/// out in silence. Pure.
/// </summary>
internal sealed class GitleaksImport
{
    // A pattern is asked in a window of at most this much (Rules/Compilation/PatternCompiler).
    private const int MaxMatch = 8 * 1024;

    private const int MaxIdLength = 48;

    // Where a repeat has no end it gets the first of these with which the whole match stays within its bound.
    private static readonly int[] Caps = [4096, 1024, 256, 64];

    private static readonly JsonSerializerOptions Written = new() { WriteIndented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly List<ImportRow> _rows = [];
    private readonly List<RuleDocument> _rules = [];
    private readonly HashSet<string> _ids;
    private readonly string _name;

    private GitleaksImport(string name, IEnumerable<string> taken)
    {
        _name = name;
        _ids = new HashSet<string>(taken, StringComparer.Ordinal);
    }

    /// <param name="name">The file's name, for the rules' sources.</param>
    /// <param name="taken">Ids that an imported rule may not have.</param>
    /// <returns>Null if the text is not TOML; <paramref name="error"/> then says where.</returns>
    public static ImportResult? Run(string toml, string name, IEnumerable<string> taken, out string error)
    {
        if (TomlReader.Read(toml, out error) is not { } file)
        {
            return null;
        }

        var import = new GitleaksImport(name, taken);
        import.Read(file);
        return new ImportResult(import.Write(), import._rules.Count, [.. import._rows.OrderBy(row => row.Line)]);
    }

    private void Read(TomlTable file)
    {
        file.Take("title");
        file.Take("description");
        file.Take("minVersion");
        ReadExtend(file);
        var shared = ReadShared(file);
        foreach (var value in Tables(file.Take("rules"), "rules"))
        {
            ReadRule(value, shared);
        }

        ReportRest(file, "");
    }

    private void ReadExtend(TomlTable file)
    {
        if (file.Take("extend")?.Table is not { } extend)
        {
            return;
        }

        if (extend.Take("useDefault") is { } useDefault)
        {
            _rows.Add(new ImportRow(useDefault.Line, "extend useDefault", "not needed", "The shipped rules stand in for gitleaks' own; they are on beside these."));
        }

        if (extend.Take("disabledRules") is { } disabled)
        {
            _rows.Add(new ImportRow(disabled.Line, "extend disabledRules", ImportRow.NotImported, "The shipped rules have other ids. See `sfw rules list`; a policy can let a rule pass."));
        }

        foreach (var key in extend.Keys.ToList())
        {
            _rows.Add(new ImportRow(extend.Take(key)!.Line, $"extend {key}", ImportRow.NotImported, "Another file is not followed; import it by itself."));
        }
    }

    /// <summary>The allowlists of the whole file: stop words for all rules, or for those that they name.</summary>
    private List<(IReadOnlyList<string>? Targets, IReadOnlyList<string> Words)> ReadShared(TomlTable file)
    {
        var shared = new List<(IReadOnlyList<string>?, IReadOnlyList<string>)>();
        foreach (var list in Tables(file.Take("allowlist"), "allowlist").Concat(Tables(file.Take("allowlists"), "allowlists")))
        {
            var targets = list.Take("targetRules")?.Texts;
            shared.Add((targets, new GitleaksAllowlist(_rows).Read(list, "file")));
        }

        return shared;
    }

    private void ReadRule(TomlTable rule, List<(IReadOnlyList<string>? Targets, IReadOnlyList<string> Words)> shared)
    {
        var name = rule.Take("id")?.Text ?? "without an id";
        var description = rule.Take("description")?.Text;
        var keywords = rule.Take("keywords")?.Texts ?? [];
        var entropy = NumberOf(rule, "entropy", name);
        var group = (int)NumberOf(rule, "secretGroup", name);
        var pattern = rule.Take("regex");
        var notes = new List<string>();
        var words = shared.Where(list => list.Targets?.Contains(name) is not false).SelectMany(list => list.Words).ToList();
        foreach (var list in Tables(rule.Take("allowlist"), "allowlist").Concat(Tables(rule.Take("allowlists"), "allowlists")))
        {
            words.AddRange(new GitleaksAllowlist(_rows).Read(list, $"rule {name}"));
        }

        var path = rule.Take("path");
        if (rule.Take("tags") is not null)
        {
            notes.Add("its tags are not kept");
        }

        ReportRest(rule, $"rule {name}: ");
        if (pattern?.Text is not { } regex)
        {
            _rows.Add(new ImportRow(rule.Line, $"rule {name}", ImportRow.NotImported, "It has no pattern: it is about the names of files."));
            return;
        }

        if (path is not null)
        {
            notes.Add("its path does not count: it finds in every file");
        }

        var head = new RuleDocument
        {
            Id = IdOf(name),
            Provider = "imported",
            Description = string.IsNullOrWhiteSpace(description) ? $"Imported rule {name}." : description,
            Source = $"{_name}, rule {name}",
            Confidence = RuleConfidence.Medium,
            Entropy = entropy > 0 ? entropy : null,
            StopWords = words.Count > 0 ? [.. words.Distinct(StringComparer.Ordinal)] : null,
            Examples = new ExamplesDocument { Match = [], NoMatch = [] },
        };
        if (head.Id != name)
        {
            notes.Add($"as {head.Id}");
        }

        var (made, result, problem) = Convert(regex, group, head, keywords, notes);
        _rows.Add(new ImportRow(pattern.Line, $"rule {name}", result, made is null ? problem : string.Join("; ", notes)));
        if (made is not null)
        {
            _ids.Add(made.Id);
            _rules.Add(made);
        }
    }

    private static (RuleDocument? Rule, string Result, string Problem) Convert(string regex, int group, RuleDocument head, IReadOnlyList<string> keywords, List<string> notes)
    {
        if (PatternReader.Read(regex, out var unread) is not { } node)
        {
            return (null, ImportRow.NotImported, $"The pattern cannot be run: {unread}.");
        }

        var token = group > 1 ? null : TokenConversion.TryConvert(node, head);
        if (token is not null)
        {
            token = token with { Examples = new ExamplesDocument { Match = ["{secret}"], NoMatch = ["{secret:short}"] } };
            if (Check(token) is null)
            {
                return (token, "token", "");
            }
        }

        var facts = PatternFacts.Of(node, Cap(node));
        if (facts.Max > MaxMatch)
        {
            return (null, ImportRow.NotImported, $"A match has no bound, or one above {MaxMatch} bytes. Put bounds in place of * and +.");
        }

        if (PatternFacts.AllOf(facts) is not { } any || any.Shortest < RequiredTexts.MinLength)
        {
            var why = keywords.Count > 0 ? " Its keywords need not stand in what it matches." : "";
            return (null, ImportRow.NotImported, $"The pattern has no fixed text of {RequiredTexts.MinLength} bytes or more that every match holds, so there is nothing to look for.{why}");
        }

        if (PatternFacts.AtOrBeforeTheSecret(node, Cap(node)) is not { } required)
        {
            return (null, ImportRow.NotImported, $"What it finds begins before its fixed text ({any.Texts[0]}): a stream would have let it go. Write it as a rule of kind token with a 'lead'.");
        }

        if (PatternFacts.HasEndless(node))
        {
            notes.Add(string.Create(CultureInfo.InvariantCulture, $"a match ends after {facts.Max} bytes"));
        }

        var rule = head with
        {
            Kind = RuleKind.Regex,
            Pattern = PatternWriter.Write(node),
            Literals = [.. required.Texts.Order(StringComparer.Ordinal)],
            SecretGroup = group > 0 ? group : null,
            MaxLength = (int)Math.Max(1, facts.Max),
            MaxBefore = (int)Math.Min(required.Before, facts.Max),
        };
        return (Runs(rule.Pattern) ?? Check(rule)) is { } problem ? (null, ImportRow.NotImported, problem) : (rule, "regex", "");
    }

    private static int Cap(PatternNode node) => Caps.FirstOrDefault(cap => PatternFacts.Of(node, cap).Max <= MaxMatch, Caps[^1]);

    /// <summary>Here, and not where traffic waits, the automaton is built to see that it can be.</summary>
    private static string? Runs(string pattern)
    {
        try
        {
            _ = new Regex(pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
            return null;
        }
        catch (NotSupportedException)
        {
            return "The pattern needs an engine that goes back; it is not run.";
        }
        catch (ArgumentException)
        {
            return "The pattern cannot be written for this engine.";
        }
    }

    /// <summary>Loads the rule alone, with the full checks.</summary>
    private static string? Check(RuleDocument rule) =>
        RuleSetLoader.Load([new RuleFile("import", Encoding.UTF8.GetBytes(Text([rule])))], out var errors) is null ? errors[0].Message : null;

    private string Write() =>
        $"// Made by `sfw rules import` from {_name}. Check it with `sfw rules lint`, use it with `sfw scan --rules`.\n{Text(_rules)}\n";

    private static string Text(IReadOnlyList<RuleDocument> rules)
    {
        var file = JsonSerializer.SerializeToNode(
            new RuleFileDocument { Version = RuleFileDocument.Language, Family = "imported", Rules = [.. rules] }, RulesJson.Default.RuleFileDocument)!;
        DropNulls(file);
        return file.ToJsonString(Written);
    }

    private static void DropNulls(JsonNode node)
    {
        switch (node)
        {
            case JsonObject members:
                foreach (var (name, value) in members.ToList())
                {
                    if (value is null)
                    {
                        members.Remove(name);
                    }
                    else
                    {
                        DropNulls(value);
                    }
                }

                break;
            case JsonArray items:
                foreach (var item in items.OfType<JsonNode>())
                {
                    DropNulls(item);
                }

                break;
        }
    }

    private string IdOf(string name)
    {
        var id = new string([.. name.ToLowerInvariant().Select(c => char.IsAsciiLetterOrDigit(c) ? c : '-')]);
        id = id[..Math.Min(id.Length, MaxIdLength - "imported-".Length - 3)];
        id = _ids.Contains(id) ? $"imported-{id}" : id;
        var free = id;
        for (var i = 2; _ids.Contains(free); i++)
        {
            free = string.Create(CultureInfo.InvariantCulture, $"{id}-{i}");
        }

        return free;
    }

    private double NumberOf(TomlTable rule, string key, string name)
    {
        if (rule.Take(key) is not { } value)
        {
            return 0;
        }

        if (value.Number is not { } number)
        {
            _rows.Add(new ImportRow(value.Line, $"rule {name}: {key}", ImportRow.NotImported, "This is no number."));
            return 0;
        }

        return number;
    }

    /// <summary>A table, or an array of them.</summary>
    private IEnumerable<TomlTable> Tables(TomlValue? value, string what)
    {
        if (value is null)
        {
            return [];
        }

        if (value.Table is { } one)
        {
            return [one];
        }

        if (value.List is { } list && list.All(item => item.Table is not null))
        {
            return list.Select(item => item.Table!);
        }

        _rows.Add(new ImportRow(value.Line, what, ImportRow.NotImported, "This is no table."));
        return [];
    }

    private void ReportRest(TomlTable table, string owner)
    {
        foreach (var key in table.Keys.ToList())
        {
            _rows.Add(new ImportRow(table.Take(key)!.Line, $"{owner}{key}", ImportRow.NotImported, "Not known here."));
        }
    }
}
