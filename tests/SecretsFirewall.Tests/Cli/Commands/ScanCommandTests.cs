using System.Text;
using System.Text.Json;
using SecretsFirewall.Bundles;
using SecretsFirewall.Cli;

namespace SecretsFirewall.Tests.Cli.Commands;

/// <summary>Values are made from the shipped rules' own examples, so that no text here is one.</summary>
public sealed class ScanCommandTests : IDisposable
{
    private const string Rule = "github-pat";

    private readonly TempFolder _folder = new();
    private readonly string _secret;

    public ScanCommandTests()
    {
        var example = ShippedRules.Set.Find(Rule)!.MakeExamples().First(example => example.MustMatch);
        _secret = Encoding.ASCII.GetString(example.Text.Span.Slice(example.Start, example.Length));
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Scan_NothingFound_IsZero()
    {
        Write("a.txt", "nothing here");

        Assert.Equal((0, ""), await ScanAsync());
    }

    [Fact]
    public async Task Scan_Json_SaysWhereAndNeverWhat()
    {
        Write("b.txt", $"first\n  {_secret}\n");
        Write("a/z.txt", _secret);

        var (exitCode, output) = await ScanAsync("--format", "json");

        var lines = output.TrimEnd().Split('\n').Select(line => JsonDocument.Parse(line).RootElement).ToList();
        Assert.Equal(1, exitCode);
        Assert.Equal(["a/z.txt", "b.txt"], lines.Select(line => Path.GetRelativePath(_folder["files"], line.GetProperty("path").GetString()!)));
        Assert.Equal(
            (Rule, 2, 3, 8, 8 + _secret.Length, "high"),
            (lines[1].GetProperty("rule").GetString(), lines[1].GetProperty("line").GetInt32(), lines[1].GetProperty("column").GetInt32(),
                lines[1].GetProperty("start").GetInt32(), lines[1].GetProperty("end").GetInt32(), lines[1].GetProperty("confidence").GetString()));
        Assert.Equal($"ghp_… ({_secret.Length} bytes)", lines[1].GetProperty("preview").GetString());
        Assert.DoesNotContain(_secret[4..], output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Scan_Sarif_HasRulesResultsWithRegionsAndNoValue()
    {
        Write("a b.txt", $"first\n  {_secret}\n");

        var (exitCode, output) = await ScanAsync("--format", "sarif");

        Assert.Equal(1, exitCode);
        var run = JsonDocument.Parse(output).RootElement.GetProperty("runs")[0];
        var result = Assert.Single(run.GetProperty("results").EnumerateArray());
        var place = result.GetProperty("locations")[0].GetProperty("physicalLocation");
        Assert.EndsWith("files/a%20b.txt", place.GetProperty("artifactLocation").GetProperty("uri").GetString(), StringComparison.Ordinal);
        Assert.Equal(2, place.GetProperty("region").GetProperty("startLine").GetInt32());
        Assert.Equal(_secret.Length, place.GetProperty("region").GetProperty("byteLength").GetInt32());
        Assert.Equal(16, result.GetProperty("partialFingerprints").GetProperty("sfwFingerprint/v1").GetString()!.Length);
        Assert.Contains(run.GetProperty("tool").GetProperty("driver").GetProperty("rules").EnumerateArray(), rule => rule.GetProperty("id").GetString() == Rule);
        Assert.True(run.GetProperty("invocations")[0].GetProperty("executionSuccessful").GetBoolean());
        Assert.DoesNotContain(_secret[4..], output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Scan_LessSureThanWanted_IsNotReported()
    {
        Write("a.txt", "password = \"k3jQ9zX81pLw\"");

        Assert.Equal(1, (await ScanAsync("--confidence", "medium")).ExitCode);
        Assert.Equal((0, ""), await ScanAsync("--confidence", "high"));
    }

    [Fact]
    public async Task Scan_Baseline_HidesWhatItKnowsAndNothingElse()
    {
        Write("a.txt", _secret);
        var baseline = _folder["baseline.json"];
        Assert.Equal(0, (await ScanAsync("--write-baseline", baseline)).ExitCode);
        Assert.DoesNotContain(_secret[4..], File.ReadAllText(baseline), StringComparison.Ordinal);

        Assert.Equal((0, ""), await ScanAsync("--baseline", baseline));
        Write("moved/b.txt", $"# the same\n{_secret}");
        Assert.Equal((0, ""), await ScanAsync("--baseline", baseline));

        var other = ShippedRules.Set.Find(Rule)!.MakeExamples().Last(example => example.MustMatch);
        Write("new.txt", Encoding.ASCII.GetString(other.Text.Span));
        var (exitCode, output) = await ScanAsync("--baseline", baseline, "--format", "json");
        Assert.Equal(1, exitCode);
        Assert.Contains("new.txt", Assert.Single(output.TrimEnd().Split('\n')), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Scan_BaselineAmongTheFiles_IsNoFindingItself()
    {
        Write("a.txt", _secret);
        var baseline = Path.Combine(_folder["files"], "baseline.json");
        await ScanAsync("--write-baseline", baseline);

        Assert.Equal((0, ""), await ScanAsync("--baseline", baseline));
    }

    [Fact]
    public async Task Scan_BaselineWrittenAgain_KeepsItsKey()
    {
        Write("a.txt", _secret);
        var baseline = _folder["baseline.json"];
        await ScanAsync("--write-baseline", baseline);
        var before = File.ReadAllText(baseline);

        await ScanAsync("--write-baseline", baseline);

        Assert.Equal(before, File.ReadAllText(baseline));
    }

    [Fact]
    public async Task Scan_AllowEntry_HidesUntilItsDay()
    {
        Write("a.txt", _secret);
        var fingerprint = JsonDocument.Parse((await ScanAsync("--format", "json")).Output).RootElement.GetProperty("fingerprint").GetString();

        Write(".sfwignore", $"fingerprint:{fingerprint} until=9999-01-01 reason=\"made up\"");
        Assert.Equal((0, ""), await ScanAsync());

        Write(".sfwignore", $"fingerprint:{fingerprint} until=2020-01-01 reason=\"made up\"");
        var (exitCode, _, error) = await RunAsync("scan", _folder["files"]);
        Assert.Equal(1, exitCode);
        Assert.Contains($".sfwignore:1: the entry for {fingerprint} expired on 2020-01-01", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Scan_IgnoredPathsAndGit_AreLeftOutAndCounted()
    {
        Write(".sfwignore", "testdata/\n");
        Write("testdata/a.txt", _secret);
        Write(".git/config", _secret);

        var (exitCode, output, error) = await RunAsync("scan", _folder["files"]);

        Assert.Equal((0, ""), (exitCode, output));
        Assert.Contains("1 left out by .sfwignore", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Scan_IgnoreFileOfACopiedTree_DoesNotCount()
    {
        Write("vendored/.sfwignore", "*\n");
        Write("vendored/a.txt", _secret);

        Assert.Equal(1, (await ScanAsync()).ExitCode);
    }

    [Fact]
    public async Task Scan_MissingFile_IsNamedAndTheOthersAreScanned()
    {
        Write("a.txt", _secret);

        var (exitCode, output, error) = await RunAsync("scan", _folder["files"], _folder["nowhere"]);

        Assert.Equal(2, exitCode);
        Assert.Contains(Rule, output, StringComparison.Ordinal);
        Assert.Contains("nowhere: There is no such file or directory.", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Scan_MalformedIgnoreFile_IsRefused()
    {
        Write(".sfwignore", "fingerprint:zz\n");

        var (exitCode, _, error) = await RunAsync("scan", _folder["files"]);

        Assert.Equal(2, exitCode);
        Assert.Contains(".sfwignore:1: ", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("no json")]
    [InlineData("""{ "schema": "sfw-baseline/v1", "salt": "c2hvcnQ=", "findings": [] }""")]
    public async Task Scan_WhatIsNoBaseline_IsRefused(string text)
    {
        Write("baseline.json", text);

        Assert.Equal(2, (await ScanAsync("--baseline", Path.Combine(_folder["files"], "baseline.json"))).ExitCode);
    }

    [Fact]
    public async Task Scan_RulesThatDoNotLoad_AreRefusedWithTheirLine()
    {
        Write("rules.json", "{\n\"schema\": \"rules/v1\", \"family\": \"own\", \"oops\": 1 }");

        var (exitCode, _, error) = await RunAsync("scan", _folder["files"], "--rules", Path.Combine(_folder["files"], "rules.json"));

        Assert.Equal(2, exitCode);
        Assert.Contains("rules.json:2: Unknown member 'oops'.", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Scan_WithoutAHome_MakesNone()
    {
        Write("a.txt", "nothing here");

        await ScanAsync();

        Assert.False(Directory.Exists(_folder["home"]));
    }

    [Fact]
    public async Task Scan_HomeThatCannotBeOpened_IsSaidAndTheRestIsScanned()
    {
        Write("a.txt", _secret);
        Write("../home/firewall.db", "no database");

        var (exitCode, _, error) = await RunAsync("scan", _folder["files"]);

        Assert.Equal(1, exitCode);
        Assert.Contains("Registered values are not looked for", error, StringComparison.Ordinal);
    }

    private void Write(string name, string text)
    {
        var path = Path.Combine(_folder["files"], name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }

    private async Task<(int ExitCode, string Output)> ScanAsync(params string[] options)
    {
        var (exitCode, output, _) = await RunAsync(["scan", _folder["files"], .. options]);
        return (exitCode, output);
    }

    private async Task<(int ExitCode, string Output, string Error)> RunAsync(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var exitCode = await SfwCommand.RunAsync(["--home", _folder["home"], .. arguments], output, error);
        return (exitCode, output.ToString(), error.ToString());
    }
}
