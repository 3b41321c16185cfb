using System.Text;
using SecretsFirewall.Bundles;
using SecretsFirewall.Cli;

namespace SecretsFirewall.Tests.Cli.Commands;

public sealed class RulesCommandTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task List_Rules_HasALineForEach()
    {
        var (exitCode, output, _) = await RunAsync("rules", "list");

        Assert.Equal(0, exitCode);
        Assert.Equal(ShippedRules.Set.Rules.Length, output.TrimEnd().Split('\n').Length);
        Assert.Contains("github-pat\tcode-hosts\tGitHub\ttoken\thigh\ton\t1\n", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Show_Rule_ShowsNoWholeSecretOfAnExample()
    {
        var example = ShippedRules.Set.Find("github-pat")!.MakeExamples().First(example => example.MustMatch);

        var (exitCode, output, _) = await RunAsync("rules", "show", "github-pat");

        Assert.Equal(0, exitCode);
        Assert.Contains("finds       ghp_… (40 bytes)", output, StringComparison.Ordinal);
        Assert.DoesNotContain(Encoding.ASCII.GetString(example.Text.Span.Slice(example.Start + 4, example.Length - 4)), output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Show_UnknownRule_SaysWhereTheyAreListed()
    {
        var (exitCode, _, error) = await RunAsync("rules", "show", "nothing");

        Assert.Equal(1, exitCode);
        Assert.Contains("sfw rules list", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("password = changeme123456", "generic-password", "stop_word")]
    [InlineData("ghp_short", "github-pat", "length")]
    public async Task Test_NearMiss_SaysWhy(string text, string rule, string reason)
    {
        File.WriteAllText(_folder["text"], text);

        var (exitCode, output, _) = await RunAsync("rules", "test", _folder["text"]);

        Assert.Equal(1, exitCode);
        Assert.Contains($"{rule}\t{reason}\t-\t", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Test_Secret_IsFoundAndNotShown()
    {
        var example = ShippedRules.Set.Find("github-pat")!.MakeExamples().First(example => example.MustMatch);
        File.WriteAllBytes(_folder["text"], example.Text.ToArray());

        var (exitCode, output, _) = await RunAsync("rules", "test", _folder["text"], "--rule", "github-pat", "--json");

        Assert.Equal(0, exitCode);
        Assert.Contains("\"answer\":\"found\"", output, StringComparison.Ordinal);
        Assert.DoesNotContain(Encoding.ASCII.GetString(example.Text.Span.Slice(example.Start + 4, example.Length - 4)), output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Lint_FileWithAnError_NamesItsLine()
    {
        File.WriteAllText(_folder["own.json"], "{\n\"schema\": \"rules/v1\", \"family\": \"own\",\n\"rules\": [{ \"id\": \"x\" }] }");

        var (exitCode, output, error) = await RunAsync("rules", "lint", _folder["own.json"]);

        Assert.Equal(1, exitCode);
        Assert.Contains("own.json:3: 'provider' is missing.", output, StringComparison.Ordinal);
        Assert.Contains("would not be loaded", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Lint_MissingFile_IsTwo() => Assert.Equal(2, (await RunAsync("rules", "lint", _folder["nowhere"])).ExitCode);

    [Fact]
    public async Task Import_Configuration_GivesRulesThatLintAndFind()
    {
        File.WriteAllText(_folder["gl.toml"], """
            [[rules]]
            id = "ours"
            regex = '''our_key\s*=\s*"([a-z]{4}-[a-z]{4})"'''
            """);

        Assert.Equal(0, (await RunAsync("rules", "import", _folder["gl.toml"], "--output", _folder["own.json"])).ExitCode);
        Assert.Equal(0, (await RunAsync("rules", "lint", _folder["own.json"])).ExitCode);
        File.WriteAllText(_folder["text"], "our_key = \"abcd-efgh\"");
        var (exitCode, output, _) = await RunAsync("scan", _folder["text"], "--rules", _folder["own.json"], "--format", "json");
        Assert.Equal(1, exitCode);
        Assert.Contains("\"rule\":\"ours\",\"line\":1,\"column\":12,\"start\":11,\"end\":20,", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Import_PartThatCannotBe_IsReportedAndTheExitCodeSaysSo()
    {
        File.WriteAllText(_folder["gl.toml"], "[[rules]]\nid = \"back\"\nregex = '''(secret)_\\1'''\n");

        var (exitCode, output, error) = await RunAsync("rules", "import", _folder["gl.toml"], "--output", _folder["own.json"]);

        Assert.Equal(1, exitCode);
        Assert.Contains("3\trule back\tnot imported\t", output, StringComparison.Ordinal);
        Assert.Contains("0 rules imported, 1 parts of the file not.", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Import_WhatIsNotToml_IsTwoAndNamesTheLine()
    {
        File.WriteAllText(_folder["gl.toml"], "title = \"x\"\n[[rules\n");

        var (exitCode, _, error) = await RunAsync("rules", "import", _folder["gl.toml"]);

        Assert.Equal(2, exitCode);
        Assert.Contains("gl.toml:2: ", error, StringComparison.Ordinal);
    }

    private async Task<(int ExitCode, string Output, string Error)> RunAsync(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var exitCode = await SfwCommand.RunAsync(["--home", _folder["home"], .. arguments], output, error);
        return (exitCode, output.ToString(), error.ToString());
    }
}
