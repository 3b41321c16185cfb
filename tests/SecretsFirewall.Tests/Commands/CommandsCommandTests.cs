using System.Text.Json;
using SecretsFirewall.Cli;

namespace SecretsFirewall.Tests.Commands;

public sealed class CommandsCommandTests
{
    [Theory]
    [InlineData("git status", ExitCodes.Done, "green")]
    [InlineData("npm test", ExitCodes.Done, "yellow")]
    [InlineData("git push", ExitCodes.NotDone, "yellow, external")]
    [InlineData("rm -rf /", ExitCodes.NotDone, "critical_red")]
    public async Task Classify_Line_SaysItsClassAndExitsByIt(string line, int exitCode, string written)
    {
        var output = new StringWriter();

        Assert.Equal(exitCode, await SfwCommand.RunAsync(["commands", "classify", "--", line], output, TextWriter.Null));
        Assert.Equal(written, output.ToString().Split('\n')[0].TrimEnd());
    }

    [Fact]
    public async Task Classify_Json_HasClassEffectsAndReasons()
    {
        var output = new StringWriter();

        await SfwCommand.RunAsync(["commands", "classify", "--json", "--powershell", "ri -r C:\\"], output, TextWriter.Null);

        using var json = JsonDocument.Parse(output.ToString());
        Assert.Equal("critical_red", json.RootElement.GetProperty("class").GetString());
        Assert.Equal("delete_tree", json.RootElement.GetProperty("effects")[0].GetString());
        Assert.Equal("remove-item", json.RootElement.GetProperty("reasons")[0].GetProperty("command").GetString());
    }

    [Fact]
    public async Task List_Family_ListsItsEntries()
    {
        var output = new StringWriter();

        Assert.Equal(ExitCodes.Done, await SfwCommand.RunAsync(["commands", "list", "--family", "git"], output, TextWriter.Null));
        Assert.Contains("git-push-force\tgit\tred external\t", output.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("\tcloud\t", output.ToString(), StringComparison.Ordinal);
    }
}
