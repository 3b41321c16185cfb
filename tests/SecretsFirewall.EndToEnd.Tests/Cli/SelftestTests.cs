using System.Text.Json;
using System.Xml.Linq;
using SecretsFirewall.Cli;

namespace SecretsFirewall.EndToEnd.Tests.Cli;

public sealed class SelftestTests : IAsyncLifetime
{
    private readonly SfwHome _sfw = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _sfw.DisposeAsync();

    [Fact]
    public async Task Selftest_DefaultPolicy_PassesEveryCheckAndSaysSoAsJUnit()
    {
        var file = Path.Combine(_sfw.Folder, "selftest.xml");

        var result = await _sfw.RunAsync("selftest", "--junit", file);

        Assert.True(result.ExitCode == ExitCodes.Done, result.Text + result.ErrorText);
        var suite = XDocument.Load(file).Root!;
        Assert.Equal(("0", "0"), ((string?)suite.Attribute("failures"), (string?)suite.Attribute("skipped")));
        Assert.Equal(["1", "2", "3", "4", "5", "6"], suite.Elements("testcase").Select(one => ((string)one.Attribute("classname")!)["invariant ".Length..]).Distinct());
    }

    [Theory]
    [InlineData("""{ "schema": "policy/v1", "detection": { "off": ["github-pat*"] } }""", "every shipped detection rule is looked for", "github-pat")]
    [InlineData("""{ "schema": "policy/v1", "detection": { "actions": [ { "rules": ["slack-*"], "kinds": ["llm"], "action": "alert" } ] } }""", "what detection rules find toward a model is masked", "slack-")]
    [InlineData("""{ "schema": "policy/v1", "mode": "observe" }""", "a policy that refuses, refuses", "observe")]
    public async Task Selftest_SomethingSwitchedOff_FailsAndNamesIt(string local, string check, string name)
    {
        Assert.Null(_sfw.Home.Prepare());
        Bundles.ShippedPolicies.Write(_sfw.Home.PolicyDirectory, "default");
        await File.WriteAllTextAsync(Path.Combine(_sfw.Home.PolicyDirectory, "default", "local.json"), local);

        var result = await _sfw.RunAsync("selftest", "--json");

        Assert.True(result.ExitCode == ExitCodes.NotDone, result.Text + result.ErrorText);
        using var report = JsonDocument.Parse(result.Text);
        var failed = report.RootElement.GetProperty("checks").EnumerateArray().Single(one => one.GetProperty("name").GetString() == check);
        Assert.Equal("failed", failed.GetProperty("state").GetString());
        Assert.Contains(name, failed.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Contains($"FAILED  invariant {failed.GetProperty("invariant").GetInt32()}: {check}", result.ErrorText, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Status_AfterARun_IsOneScreenWithEveryPart()
    {
        var running = await _sfw.StartAsync();

        var result = await _sfw.RunAsync("status");

        Assert.Equal("enforcing", running.GetProperty("enforcement").GetProperty("state").GetString());
        foreach (var part in (string[])["state     enforcing", "coverage  0 inspected, 0 refused", "keys      master 0 d old", "stopped   nothing", "gate      locked", "log       record "])
        {
            Assert.Contains(part, result.Text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Status_EverythingKilled_SaysThatItRefusesAndWhy()
    {
        await _sfw.StartAsync();
        Assert.Equal(ExitCodes.Done, (await _sfw.RunAsync("kill", "system", "--reason", "drill")).ExitCode);

        var result = await _sfw.RunAsync("status");

        Assert.Contains("state     refusing: everything is stopped", result.Text, StringComparison.Ordinal);
        Assert.Contains("stopped   system", result.Text, StringComparison.Ordinal);
    }
}
