using System.Text;
using System.Text.Json;
using SecretsFirewall.Bundles;
using SecretsFirewall.EndToEnd.Tests.Harness;

namespace SecretsFirewall.EndToEnd.Tests.Cli;

/// <summary>The scan as a process: pipes, a firewall that runs beside it, files that it may not read.</summary>
public sealed class ScanTests : IDisposable
{
    private readonly DirectoryInfo _files = Directory.CreateTempSubdirectory("sfw-scan-");

    public void Dispose() => _files.Delete(recursive: true);

    [Fact]
    public async Task Scan_StandardInput_IsScannedAndNeverRepeated()
    {
        await using var sfw = new SfwHome();
        var example = ShippedRules.Set.Find("github-pat")!.MakeExamples().First(example => example.MustMatch);

        var result = await sfw.RunAsync([.. "x\n"u8, .. example.Text.Span], "scan", "-", "--format", "json");

        Assert.Equal(1, result.ExitCode);
        using var line = JsonDocument.Parse(result.Text);
        Assert.Equal(("-", "github-pat", 2), (line.RootElement.GetProperty("path").GetString(), line.RootElement.GetProperty("rule").GetString(), line.RootElement.GetProperty("line").GetInt32()));
        Assert.DoesNotContain(Encoding.ASCII.GetString(example.Text.Span.Slice(example.Start + 4, example.Length - 4)), result.Text + result.ErrorText, StringComparison.Ordinal);
        Assert.False(Directory.Exists(sfw.Home.Root));
    }

    [Fact]
    public async Task Scan_RegisteredValue_IsFoundBesideARunningFirewall()
    {
        await using var sfw = new SfwHome();
        await sfw.StartAsync();
        var canary = Canary.Make().Value;
        (await sfw.RunAsync(Encoding.ASCII.GetBytes(canary), "secrets", "add", "github", "--value-stdin")).Succeeded();
        var file = Path.Combine(_files.FullName, "notes.txt");
        await File.WriteAllTextAsync(file, $"# {Convert.ToBase64String(Encoding.ASCII.GetBytes(canary))} and {canary}\n");

        var result = await sfw.RunAsync("scan", file);

        Assert.Equal(1, result.ExitCode);
        Assert.Equal(2, result.Text.Split("SECRET_REF(github)").Length - 1);
        Assert.DoesNotContain(canary, result.Text + result.ErrorText, StringComparison.Ordinal);
        Assert.Equal(JsonValueKind.Number, (await sfw.StatusAsync()).GetProperty("process_id").ValueKind);
    }

    [Fact]
    public async Task Scan_FileThatMayNotBeRead_IsReportedAndNotSkipped()
    {
        await using var sfw = new SfwHome();
        var file = Path.Combine(_files.FullName, "mem");
        // What not even root can read: a process's memory at an address where nothing is.
        File.CreateSymbolicLink(file, "/proc/self/mem");

        var result = await sfw.RunAsync("scan", file);

        Assert.Equal(2, result.ExitCode);
        Assert.Contains("mem: The file cannot be read", result.ErrorText, StringComparison.Ordinal);
        Assert.Contains("1 not read", result.ErrorText, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Scan_ManyFiles_ComeInTheOrderOfTheirNames()
    {
        await using var sfw = new SfwHome();
        var example = ShippedRules.Set.Find("github-pat")!.MakeExamples().First(example => example.MustMatch);
        for (var i = 0; i < 60; i++)
        {
            await File.WriteAllBytesAsync(Path.Combine(_files.FullName, $"{i:d2}"), [.. new byte[i % 7 * 3000], .. "\n"u8, .. example.Text.Span]);
        }

        var result = await sfw.RunAsync("scan", _files.FullName);

        var names = result.Text.TrimEnd().Split('\n').Select(line => Path.GetFileName(line.Split('\t')[0])).ToList();
        Assert.Equal(Enumerable.Range(0, 60).Select(i => $"{i:d2}"), names);
    }
}
