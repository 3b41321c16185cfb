using System.Buffers;
using System.Collections.Immutable;
using SecretsFirewall.Inspection.Detection.Rules.Documents;
using SecretsFirewall.Inspection.Detection.Rules.Examples;
using SecretsFirewall.Inspection.Detection.Rules.Matching;
using SecretsFirewall.Model;

namespace SecretsFirewall.Inspection.Detection.Rules.Compilation;

/// <summary>Turns the documents of all files into rules, and reports what is wrong with any of them.</summary>
internal sealed class RuleCompiler(IReadOnlyList<RuleText> texts, List<RuleError> errors)
{
    // Names that mask are `auto.<id>.<tag>`, and have an end.
    private const int MaxIdLength = 48;

    // A placeholder such as ghp_xxxx repeats itself. No token with so long a body has fewer bits per character.
    private const int LongBody = 16;
    private const double LeastEntropy = 2;

    private static readonly SearchValues<char> IdCharacters = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-");

    private readonly Dictionary<string, string[]> _stopLists = new(StringComparer.Ordinal);
    private readonly HashSet<string> _ids = new(StringComparer.Ordinal);

    public IReadOnlyList<(DetectionRule Rule, RulePlace Place)> Compile()
    {
        foreach (var text in texts)
        {
            ReadHead(text);
        }

        var rules = new List<(DetectionRule, RulePlace)>();
        foreach (var text in texts)
        {
            for (var i = 0; i < text.Document.Rules?.Length; i++)
            {
                var place = new RulePlace(text, i, errors);
                if (Compile(place) is { } rule)
                {
                    rules.Add((rule, place));
                }
            }
        }

        return rules;
    }

    private void ReadHead(RuleText text)
    {
        if (text.Document.Version != RuleFileDocument.Language)
        {
            errors.Add(text.Error("/schema", $"Only '{RuleFileDocument.Language}' can be read."));
        }

        foreach (var (name, words) in text.Document.StopLists ?? [])
        {
            if (!_stopLists.TryAdd(name, words))
            {
                errors.Add(text.Error($"/stop_lists/{name}", $"The stop list '{name}' is taken."));
            }
        }
    }

    private DetectionRule? Compile(RulePlace place)
    {
        var before = errors.Count;
        var document = place.Document;
        CheckHead(place);
        var shape = ShapeCompiler.Compile(place);
        var acceptance = AcceptanceOf(place, shape);
        if (errors.Count > before)
        {
            return null;
        }

        var rule = new DetectionRule(
            new RuleDescription(
                document.Id, place.Family, document.Provider, document.Description, [.. document.Audience ?? []], document.Enabled ?? true, document.Source)
            {
                IsInPath = document.InPath ?? false,
            },
            document.Kind ?? RuleKind.Token,
            ShapeCompiler.LiteralsOf(document, shape!),
            shape!,
            acceptance,
            new ExampleTemplates([.. document.Examples.Match], [.. document.Examples.NoMatch]));
        RuleLint.Check(rule, place);
        return errors.Count > before ? null : rule;
    }

    private void CheckHead(RulePlace place)
    {
        var document = place.Document;
        if (document.Id.Length is 0 or > MaxIdLength || document.Id.AsSpan().ContainsAnyExcept(IdCharacters))
        {
            place.Fail("id", $"An id has lower-case letters, digits and '-', 1 to {MaxIdLength} of them.");
        }
        else if (!_ids.Add(document.Id))
        {
            place.Fail("id", "This id is taken.");
        }

        foreach (var (member, text) in new[] { ("description", document.Description), ("provider", document.Provider), ("source", document.Source) })
        {
            if (string.IsNullOrWhiteSpace(text))
            {
                place.Fail(member, $"'{member}' is empty.");
            }
        }

        for (var i = 0; i < document.Audience?.Length; i++)
        {
            var host = document.Audience[i];
            host = host.StartsWith(RuleDescription.AnySubdomain, StringComparison.Ordinal) ? host[RuleDescription.AnySubdomain.Length..] : host;
            if (HostName.TryNormalise(host, out var normal) != HostNameError.None || normal != host)
            {
                place.Fail($"audience/{i}", "Not the name of a host.");
            }
        }
    }

    private Acceptance AcceptanceOf(RulePlace place, RuleShape? shape)
    {
        var document = place.Document;
        var needs = ImmutableArray.CreateBuilder<ByteSet>();
        for (var i = 0; i < document.Needs?.Length; i++)
        {
            if (Alphabets.TryParse(document.Needs[i], out var set))
            {
                needs.Add(set);
            }
            else
            {
                place.Fail($"needs/{i}", $"'{document.Needs[i]}' is no alphabet.");
            }
        }

        return new Acceptance(
            document.Confidence,
            document.Entropy ?? (shape is TokenShape { Body.MinLength: >= LongBody } ? LeastEntropy : 0),
            needs.ToImmutable(),
            StopWordsOf(place),
            document.NotWritten ?? false,
            ChecksumCompiler.Compile(place, shape),
            document.Checksum?.Required ?? false);
    }

    private StopWords StopWordsOf(RulePlace place)
    {
        var words = new List<string>(place.Document.StopWords ?? []);
        for (var i = 0; i < place.Document.StopLists?.Length; i++)
        {
            if (_stopLists.TryGetValue(place.Document.StopLists[i], out var list))
            {
                words.AddRange(list);
            }
            else
            {
                place.Fail($"stop_lists/{i}", $"There is no stop list '{place.Document.StopLists[i]}'.");
            }
        }

        if (words.Any(word => word.Trim('^', '$').Length == 0 || !System.Text.Ascii.IsValid(word)))
        {
            place.Fail("stop_words", "A stop word is ASCII, and not empty.");
        }

        return words.Count == 0 ? StopWords.None : new StopWords(words);
    }
}
