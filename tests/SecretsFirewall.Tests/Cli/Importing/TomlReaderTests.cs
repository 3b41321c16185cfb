using SecretsFirewall.Cli.Importing;

namespace SecretsFirewall.Tests.Cli.Importing;

public sealed class TomlReaderTests
{
    [Fact]
    public void Read_EveryKindOfValue_IsItself()
    {
        var table = Read("""
            # a comment
            text = "a\tb\u0041" # behind a value
            literal = 'C:\new'
            long = '''
            line \d
            two'''
            folded = \"\"\"a \
               b\"\"\"
            whole = -1_000
            real = 3.5
            yes = true
            day = 2027-01-31
            list = [ 'a', # one
              "b", ]
            inline = { x = 1, "y z" = 2 }
            a.b.c = 1
            """.Replace("\\\"", "\"", StringComparison.Ordinal));

        Assert.Equal("a\tbA", table["text"]?.Text);
        Assert.Equal(@"C:\new", table["literal"]?.Text);
        Assert.Equal("line \\d\ntwo", table["long"]?.Text);
        Assert.Equal("a b", table["folded"]?.Text);
        Assert.Equal(-1000, table["whole"]?.Number);
        Assert.Equal(3.5, table["real"]?.Number);
        Assert.Equal(true, table["yes"]?.Content);
        Assert.Equal("2027-01-31", table["day"]?.Text);
        Assert.Equal(["a", "b"], table["list"]?.Texts);
        Assert.Equal(2, table["inline"]?.Table?["y z"]?.Number);
        Assert.Equal(1, table["a"]?.Table?["b"]?.Table?["c"]?.Number);
        Assert.Equal(13, table["list"]?.Line);
    }

    [Fact]
    public void Read_TablesBelowAnArrayOfTables_BelongToItsLast()
    {
        var table = Read("[[rules]]\nid = 'a'\n[[rules]]\nid = 'b'\n[rules.allowlist]\nx = 1\n[[rules.allowlists]]\ny = 2\n");

        var rules = table["rules"]!.List!;
        Assert.Equal(2, rules.Count);
        Assert.Null(rules[0].Table!["allowlist"]);
        Assert.Equal(1, rules[1].Table!["allowlist"]?.Table?["x"]?.Number);
        Assert.Equal(2, rules[1].Table!["allowlists"]!.List![0].Table!["y"]?.Number);
        Assert.Equal(3, rules[1].Table!.Line);
    }

    [Theory]
    [InlineData("a = 1\na = 2", "2: ")]
    [InlineData("a = 'x", "1: ")]
    [InlineData("\n\na = ", "3: ")]
    [InlineData("a = 1 2", "1: ")]
    [InlineData("a = \"\\d\"", "1: ")]
    [InlineData("[a", "1: ")]
    [InlineData("a = [1 2]", "1: ")]
    [InlineData("= 1", "1: ")]
    [InlineData("a = word", "1: ")]
    [InlineData("a = 1\n[[a]]", "2: ")]
    public void Read_WhatIsNotToml_IsRefusedWithItsLine(string text, string line)
    {
        Assert.Null(TomlReader.Read(text, out var error));
        Assert.StartsWith(line, error, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_AnyText_IsReadOrRefused()
    {
        string[] pieces = ["a", "b", ".", "=", " ", "\n", "[", "]", "[[", "]]", "{", "}", ",", "\"", "\"\"\"", "'", "'''", "\\", "\\u", "1", "-", "#", "true", "\ud800"];
        var random = new Random(1);
        var read = 0;
        for (var i = 0; i < 20_000; i++)
        {
            var text = string.Concat(Enumerable.Range(0, random.Next(1, 12)).Select(_ => pieces[random.Next(pieces.Length)]));
            if (TomlReader.Read(text, out var error) is null)
            {
                Assert.Matches("^[0-9]+: .", error);
            }
            else
            {
                read++;
            }
        }

        Assert.InRange(read, 100, 19_900);
    }

    private static TomlTable Read(string text) =>
        TomlReader.Read(text, out var error) ?? throw new InvalidOperationException(error);
}
