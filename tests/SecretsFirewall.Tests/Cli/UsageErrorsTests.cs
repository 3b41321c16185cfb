using SecretsFirewall.Cli;

namespace SecretsFirewall.Tests.Cli;

public sealed class UsageErrorsTests
{
    [Theory]
    [InlineData("secrets", "add", "github", "plain-value-typed-by-mistake")]
    [InlineData("secrets", "plain-value-typed-by-mistake")]
    [InlineData("plain-value-typed-by-mistake")]
    [InlineData("agents", "add", "builder", "--level", "plain-value-typed-by-mistake")]
    public async Task Run_ValueWhereNoneBelongs_IsNotRepeated(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();

        var exitCode = await SfwCommand.RunAsync(arguments, output, error);

        Assert.Equal(ExitCodes.Broken, exitCode);
        Assert.DoesNotContain("plain-value", output.ToString() + error, StringComparison.Ordinal);
        Assert.Contains("--help", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_HelpOfEveryCommand_TellsSomething()
    {
        foreach (var command in SfwCommand.Create().Subcommands.Where(c => !c.Hidden))
        {
            using var output = new StringWriter();
            using var error = new StringWriter();

            Assert.Equal(ExitCodes.Done, await SfwCommand.RunAsync([command.Name, "--help"], output, error));
            Assert.Equal("", error.ToString());
            Assert.Contains("Usage:", output.ToString(), StringComparison.Ordinal);
        }
    }
}
