namespace SecretsFirewall.Cli.Importing;

/// <summary>
/// What an allowlist of gitleaks becomes. Fixed words become stop words of the rule; everything that is tied to paths, commits or
/// patterns cannot be said in a rule and is reported.
/// </summary>
internal sealed class GitleaksAllowlist(List<ImportRow> rows)
{
    /// <param name="list">Is emptied.</param>
    /// <param name="owner">For the report: the rule, or the whole file.</param>
    /// <returns>Stop words.</returns>
    public IReadOnlyList<string> Read(TomlTable list, string owner)
    {
        var words = new List<string>();
        list.Take("description");
        list.Take("id");
        if (list.Take("condition") is { } condition && string.Equals(condition.Text, "AND", StringComparison.OrdinalIgnoreCase))
        {
            foreach (var key in list.Keys.ToList())
            {
                NotImported(list.Take(key)!, $"{owner}: allowlist {key}", "All conditions of this list together would have to hold; a rule knows only its own secret.");
            }

            return [];
        }

        var target = list.Take("regexTarget")?.Text ?? "secret";
        foreach (var (word, line) in Texts(list, "stopwords", owner))
        {
            Add(words, word, line, $"{owner}: stop word '{word}'");
        }

        foreach (var (pattern, line) in Texts(list, "regexes", owner))
        {
            AddPattern(words, pattern, target, line, owner);
        }

        foreach (var (pattern, line) in Texts(list, "paths", owner))
        {
            rows.Add(new ImportRow(
                line, $"{owner}: allowlist path '{pattern}'", ImportRow.NotImported, "Traffic has no paths. For `sfw scan`, write the paths into a .sfwignore."));
        }

        if (list.Take("commits") is { } commits)
        {
            NotImported(commits, $"{owner}: allowlist commits", "Commits are not looked at; a finding that may stay goes into a baseline or a .sfwignore.");
        }

        foreach (var key in list.Keys.ToList())
        {
            NotImported(list.Take(key)!, $"{owner}: allowlist {key}", "Not known.");
        }

        return words;
    }

    private void AddPattern(List<string> words, string pattern, string target, int line, string owner)
    {
        var what = $"{owner}: allowlist regex '{pattern}'";
        if (target != "secret")
        {
            rows.Add(new ImportRow(line, what, ImportRow.NotImported, $"It looks at the {target}; a rule looks at its secret alone. What it hid is reported."));
            return;
        }

        if (PatternReader.Read(pattern, out var problem) is not { } node)
        {
            rows.Add(new ImportRow(line, what, ImportRow.NotImported, $"{problem}."));
            return;
        }

        var (start, end, inside) = Anchors(node);
        if (PatternFacts.Of(inside, 1) is { Exact: { Count: <= 16 } texts } && !PatternFacts.HasEndless(inside) && texts.All(text => text.Length > 2))
        {
            foreach (var text in texts)
            {
                Add(words, $"{(start ? "^" : "")}{text}{(end ? "$" : "")}", line, what);
            }
        }
        else
        {
            rows.Add(new ImportRow(line, what, ImportRow.NotImported, "A rule has stop words, not patterns, to tell what is no secret. What it hid is reported."));
        }
    }

    private void Add(List<string> words, string word, int line, string what)
    {
        if (word.Trim('^', '$').Length == 0 || !System.Text.Ascii.IsValid(word))
        {
            rows.Add(new ImportRow(line, what, ImportRow.NotImported, "A stop word is ASCII, and not empty."));
            return;
        }

        words.Add(word);
    }

    private static (bool Start, bool End, PatternNode Inside) Anchors(PatternNode node)
    {
        IReadOnlyList<PatternNode> items = node is SequenceNode sequence ? sequence.Items : [node];
        var start = items is [AnchorNode { Text: @"\A" }, ..];
        var end = items is [.., AnchorNode { Text: AnchorNode.End }];
        return (start, end, new SequenceNode([.. items.Skip(start ? 1 : 0).SkipLast(end ? 1 : 0)]));
    }

    private IEnumerable<(string Text, int Line)> Texts(TomlTable list, string key, string owner)
    {
        if (list.Take(key) is not { } value)
        {
            return [];
        }

        if (value.Texts is not null)
        {
            return value.List!.Select(item => (item.Text!, item.Line));
        }

        NotImported(value, $"{owner}: allowlist {key}", "This is no list of texts.");
        return [];
    }

    private void NotImported(TomlValue value, string what, string why) => rows.Add(new ImportRow(value.Line, what, ImportRow.NotImported, why));
}
