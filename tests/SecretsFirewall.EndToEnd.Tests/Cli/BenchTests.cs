using System.Security.Cryptography;
using System.Text.Json;
using SecretsFirewall.Cli;

namespace SecretsFirewall.EndToEnd.Tests.Cli;

public sealed class BenchTests : IAsyncLifetime
{
    private readonly SfwHome _sfw = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _sfw.DisposeAsync();

    [Fact]
    public async Task Bench_InstalledPolicyThatRefusesPosts_MeasuresTheRestAndLeavesTheHomeAsItIs()
    {
        Assert.Null(_sfw.Home.Prepare());
        Bundles.ShippedPolicies.Write(_sfw.Home.PolicyDirectory, "default");
        await File.WriteAllTextAsync(Path.Combine(_sfw.Home.PolicyDirectory, "default", "local.json"), """
            {
              "schema": "policy/v1",
              "rules": [{ "id": "no-sink", "on": "request", "outcome": "deny", "match": { "path": { "eq": "/sink" } }, "reason": "Nothing goes there." }]
            }
            """);
        Assert.Equal(ExitCodes.Done, (await _sfw.RunAsync("secrets", "list")).ExitCode);
        var before = Files();
        var json = Path.Combine(_sfw.Folder, "bench.json");

        var result = await _sfw.RunAsync("bench", "--only", "get,post", "--secrets", "10", "--slice", "0.1", "--json", json);

        Assert.True(result.ExitCode == ExitCodes.NotDone, result.Text + result.ErrorText);
        Assert.Contains("| small GET, CPU |", result.Text, StringComparison.Ordinal);
        Assert.Contains("post of sfw, round 0: InvalidDataException: The answer was 403.", result.Text, StringComparison.Ordinal);
        using var report = JsonDocument.Parse(await File.ReadAllTextAsync(json));
        Assert.True(report.RootElement.GetProperty("targets")[0].GetProperty("median").GetDouble() > 0);
        Assert.All(report.RootElement.GetProperty("processes").EnumerateArray(), static one => Assert.True(one.GetProperty("cpu_seconds").GetDouble() > 0));
        Assert.Equal(before, Files());
    }

    [Fact]
    public async Task Bench_UnknownScenario_IsRefusedAndNamesThose()
    {
        var result = await _sfw.RunAsync("bench", "--only", "got");

        Assert.Equal(ExitCodes.Broken, result.ExitCode);
        Assert.Contains("There is no scenario got: get, post", result.ErrorText, StringComparison.Ordinal);
    }

    // But for what says who holds the home: it was held for a moment, to read the policy.
    private Dictionary<string, string> Files() => Directory.EnumerateFiles(_sfw.Home.Root, "*", SearchOption.AllDirectories)
        .Where(path => !path.StartsWith(_sfw.Home.LockFile, StringComparison.Ordinal))
        .ToDictionary(static path => path, static path => Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(path))));
}
