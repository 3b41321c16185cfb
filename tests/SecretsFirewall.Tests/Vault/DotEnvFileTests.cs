using System.Text;
using FsCheck;
using FsCheck.Fluent;
using SecretsFirewall.Vault;

namespace SecretsFirewall.Tests.Vault;

public sealed class DotEnvFileTests
{
    [Theory]
    [InlineData("A=b", "b")]
    [InlineData("A = b ", "b")]
    [InlineData("export A=b", "b")]
    [InlineData("  export\tA=b\r\n", "b")]
    [InlineData("A=", "")]
    [InlineData("A=b=c==", "b=c==")]
    [InlineData("A=b#c", "b#c")]
    [InlineData("A=b # c", "b")]
    [InlineData("A=# c", "")]
    [InlineData("A=b\\nc", "b\\nc")]
    [InlineData("A='b # \\n c' # d", "b # \\n c")]
    [InlineData("A=\"b # c\"", "b # c")]
    [InlineData("A=\"b\\n\\r\\t\\\"\\\\\\$c\\x\"", "b\n\r\t\"\\$c\\x")]
    [InlineData("A=\"one\ntwo\r\nthree\"", "one\ntwo\nthree")]
    [InlineData("A=\"${B}\"", "${B}")]
    [InlineData("\uFEFFA=b", "b")]
    [InlineData("# comment\n\n   \nA=b\n", "b")]
    [InlineData("A=zażółć", "zażółć")]
    public void Parse_Assignment_IsRead(string text, string value)
    {
        using var file = Parse(text);

        Assert.Empty(file.Errors);
        var entry = Assert.Single(file.Entries);
        Assert.Equal(("A", value), (entry.Key, Encoding.UTF8.GetString(entry.Value)));
    }

    [Theory]
    [InlineData("A", DotEnvDefect.NoAssignment)]
    [InlineData("=b", DotEnvDefect.KeyInvalid)]
    [InlineData("1A=b", DotEnvDefect.KeyInvalid)]
    [InlineData("A B=b", DotEnvDefect.KeyInvalid)]
    [InlineData("Ä=b", DotEnvDefect.KeyInvalid)]
    [InlineData("A=\"b", DotEnvDefect.UnterminatedQuote)]
    [InlineData("A=\"b\\\"", DotEnvDefect.UnterminatedQuote)]
    [InlineData("A='b\nc'", DotEnvDefect.UnterminatedQuote)]
    [InlineData("A=\"b\"c", DotEnvDefect.TextAfterQuote)]
    [InlineData("A='b' c", DotEnvDefect.TextAfterQuote)]
    public void Parse_Defect_IsNamedWithItsLine(string text, object defect)
    {
        using var file = Parse("X=y\n\n" + text);

        var error = Assert.Single(file.Errors);
        Assert.Equal((3, defect), (error.Line, error.Defect));
        Assert.NotEmpty(error.Sentence);
    }

    [Fact]
    public void Parse_KeyTwice_IsAnError()
    {
        using var file = Parse("A=b\nA=c\n");

        Assert.Equal(new DotEnvError(2, DotEnvDefect.DuplicateKey), Assert.Single(file.Errors));
        Assert.Equal("b", Encoding.UTF8.GetString(Assert.Single(file.Entries).Value));
    }

    [Fact]
    public void Parse_AfterAMultiLineValue_LinesStillCount()
    {
        using var file = Parse("A=\"one\ntwo\"\nB=c\nbroken\n");

        Assert.Equal([1, 3], file.Entries.Select(static e => e.Line));
        Assert.Equal(4, Assert.Single(file.Errors).Line);
    }

    [Fact]
    public void Dispose_Entries_AreCleared()
    {
        var file = Parse("A=bcd");
        file.Dispose();

        Assert.Equal(new byte[3], file.Entries[0].Value);
    }

    [Fact]
    public void Entry_AsText_HasNoValue()
    {
        using var file = Parse("A=swordfish");

        Assert.DoesNotContain("swordfish", file.Entries[0].ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_AnyBytes_EndsAndFindsNoMoreThanThereIs() => Check.QuickThrowOnFailure(Prop.ForAll<byte[]>(static bytes =>
    {
        using var file = DotEnvFile.Parse(bytes);
        return file.Entries.Sum(static e => e.Key.Length + e.Value.Length) <= bytes.Length;
    }));

    [Fact]
    public void Parse_QuotedAndEscapedValue_IsTheValue() => Check.QuickThrowOnFailure(Prop.ForAll<NonNull<string>>(static text =>
    {
        var value = text.Get.Replace("\r", "", StringComparison.Ordinal);
        var quoted = value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal);
        using var file = Parse($"A=\"{quoted}\"");
        return file.Entries.Count == 1 && Encoding.UTF8.GetBytes(value).AsSpan().SequenceEqual(file.Entries[0].Value);
    }));

    private static DotEnvFile Parse(string text) => DotEnvFile.Parse(Encoding.UTF8.GetBytes(text));
}
