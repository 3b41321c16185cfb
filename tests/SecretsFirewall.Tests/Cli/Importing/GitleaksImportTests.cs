using SecretsFirewall.Cli.Importing;

namespace SecretsFirewall.Tests.Cli.Importing;

public sealed class GitleaksImportTests
{
    [Theory]
    [InlineData(@"\b(ourtok_[a-z0-9]{32})\b", "token", "")]
    [InlineData(@"(?i)acme[\w-]{0,20}=([a-z]{16})", "regex", "")]
    [InlineData(@"acme_secret=\S+", "regex", "a match ends after")]
    [InlineData(@"(?<!x)secret_[a-z]{10}", "not imported", "looks around")]
    [InlineData(@"(secret)_\1", "not imported", "refers back")]
    [InlineData(@"[0-9a-f]{32}", "not imported", "no fixed text of 4 bytes")]
    [InlineData(@"abc[0-9]{32}", "not imported", "no fixed text of 4 bytes")]
    [InlineData(@"token(?:[a-z]+(?:x*y*)*)+", "not imported", "no bound")]
    [InlineData(@"[0-9a-z]{12}\.acme\.example", "not imported", "begins before its fixed text")]
    [InlineData(@"[a-z]{0,9}acme=(?:x{4}|([a-z]{16}))", "regex", "")]
    [InlineData(@"acme_[a-z]{4,}_a_longer_end", "regex", "")]
    [InlineData(@"secret(", "not imported", "not closed")]
    public void Run_Rule_BecomesWhatItCanBe(string pattern, string result, string note)
    {
        var row = Assert.Single(Run($"[[rules]]\nid = \"r\"\nregex = '''{pattern}'''\n").Rows);

        Assert.Equal((3, "rule r", result), (row.Line, row.What, row.Result));
        Assert.Contains(note, row.Note, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_IdThatIsTaken_GetsAnother() =>
        Assert.Contains("as imported-taken", Run("[[rules]]\nid = \"Taken\"\nregex = '''ourtok_[a-z]{32}'''\n").Rows[0].Note, StringComparison.Ordinal);

    [Theory]
    [InlineData("stopwords = ['example']", null)]
    [InlineData("regexes = ['^example', 'sample$']", null)]
    [InlineData("regexes = ['[0-9]+x']", "not patterns")]
    [InlineData("regexTarget = 'line'\nregexes = ['example']", "looks at the line")]
    [InlineData("paths = ['(^|/)test/']", ".sfwignore")]
    [InlineData("commits = ['0123']", "Commits")]
    [InlineData("condition = 'AND'\npaths = ['x']", "together")]
    [InlineData("novelty = 1", "Not known")]
    public void Run_Allowlist_IsKeptOrReported(string list, string? why)
    {
        foreach (var head in new[] { "[allowlist]", "[[allowlists]]", "[[rules]]\nid = 'r'\nregex = 'ourtok_[a-z]{32}'\n[rules.allowlist]" })
        {
            var rows = Run($"{head}\n{list}\n").Rows.Where(row => row.Result == ImportRow.NotImported).ToList();

            Assert.Equal(why is null ? 0 : 1, rows.Count);
            Assert.All(rows, row => Assert.Contains(why!, row.Note, StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Run_SharedStopWords_GoToTheRulesThatTheyName()
    {
        var result = Run("""
            [[allowlists]]
            targetRules = ["one"]
            stopwords = ["hunter"]
            [[rules]]
            id = "one"
            regex = 'first_[a-z]{32}'
            [[rules]]
            id = "two"
            regex = 'second_[a-z]{32}'
            """);

        Assert.Equal(2, result.RuleCount);
        Assert.Single(result.Rules.Split("\"hunter\"")[1..]);
    }

    [Theory]
    [InlineData("novelty = 1", "novelty")]
    [InlineData("[extend]\nurl = 'x'", "extend url")]
    [InlineData("[extend]\ndisabledRules = ['x']", "extend disabledRules")]
    [InlineData("[[rules]]\nid = 'r'\npath = 'x'", "rule r")]
    [InlineData("[[rules]]\nid = 'r'\nregex = 'ourtok_[a-z]{32}'\nrequired = 1", "rule r: required")]
    [InlineData("rules = 3", "rules")]
    public void Run_PartWithoutACounterpart_IsReported(string toml, string what) =>
        Assert.Equal(what, Assert.Single(Run(toml).Rows, row => row.Result == ImportRow.NotImported).What);

    [Fact]
    public void Run_UseDefault_IsSaidNotToBeNeeded() =>
        Assert.Equal("not needed", Assert.Single(Run("[extend]\nuseDefault = true").Rows).Result);

    private static ImportResult Run(string toml) =>
        GitleaksImport.Run(toml, "gl.toml", ["taken"], out var error) ?? throw new InvalidOperationException(error);
}
