using SecretsFirewall.Cli;

namespace SecretsFirewall.Tests.Cli;

public sealed class BareCommandTests
{
    [Theory]
    [InlineData("commands", "--family", "git")]
    [InlineData("operations", "--json")]
    public async Task CommandThatCanBeListed_IsListedWithoutAWord(string command, params string[] options)
    {
        await using var bare = new StringWriter();
        await using var said = new StringWriter();

        Assert.Equal(ExitCodes.Done, await SfwCommand.RunAsync([command, .. options], bare, TextWriter.Null));
        Assert.Equal(ExitCodes.Done, await SfwCommand.RunAsync([command, "list", .. options], said, TextWriter.Null));

        Assert.Equal(said.ToString(), bare.ToString());
        Assert.NotEqual("", bare.ToString());
    }

    [Theory]
    [InlineData("commands", "lst")]
    [InlineData("commands", "--no-such-option")]
    [InlineData("policy")]
    public async Task WrongWord_IsNoList(params string[] arguments)
    {
        await using var error = new StringWriter();

        Assert.Equal(ExitCodes.Broken, await SfwCommand.RunAsync(arguments, TextWriter.Null, error));

        Assert.Contains("Say a command: ", error.ToString(), StringComparison.Ordinal);
    }
}
