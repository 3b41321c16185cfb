using Microsoft.Extensions.Logging.Abstractions;
using SecretsFirewall.Audit;
using SecretsFirewall.Cli;
using SecretsFirewall.Cli.Evidence;
using SecretsFirewall.Tests.Audit;

namespace SecretsFirewall.Tests.Cli.Commands;

/// <summary><c>sfw audit</c> on a home on which no firewall runs.</summary>
public sealed class AuditCommandTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly FirewallHome _home;

    public AuditCommandTests()
    {
        _home = new FirewallHome(_folder["home"]);
    }

    private string Segment => AuditSegments.Path(_home.AuditDirectory, 1);

    private string KeyFile => _folder["key.pem"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Verify_LogOfTheHome_IsVerified()
    {
        Write(20);

        var (exitCode, output, _) = await RunAsync("audit", "verify");

        Assert.True(exitCode == 0 && output.StartsWith("verified", StringComparison.Ordinal), output);
        Assert.True(OperatingSystem.IsWindows() || File.GetUnixFileMode(_home.AuditKey) == (UnixFileMode.UserRead | UnixFileMode.UserWrite));
    }

    [Fact]
    public async Task Verify_RecordChanged_EndsWithOneAndSaysWhere()
    {
        Write(20);
        File.WriteAllText(Segment, File.ReadAllText(Segment).Replace("exchange-3", "exchange-4", StringComparison.Ordinal));

        var (exitCode, output, _) = await RunAsync("audit", "verify", "--json");

        Assert.Equal(1, exitCode);
        Assert.Contains("\"result\":\"broken\",\"trust\":\"compromised\"", output, StringComparison.Ordinal);
        Assert.Contains("\"break\":{\"reason\":\"edited\",\"segment\":\"audit-000001.ndjson\",\"line\":8,", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Verify_CopyWithoutAKey_EndsWithFour_AndWithItVerifies()
    {
        Write(20);
        await RunAsync("audit", "key", "export", KeyFile);

        var without = await RunAsync("audit", "verify", _home.AuditDirectory);
        Assert.Equal(4, without.ExitCode);
        Assert.Contains("unsigned", without.Output, StringComparison.Ordinal);
        Assert.Equal(0, (await RunAsync("audit", "verify", _home.AuditDirectory, "--key", KeyFile)).ExitCode);
        Assert.Equal(2, (await RunAsync("audit", "verify", _home.AuditDirectory, "--key", Segment)).ExitCode);
        Assert.Equal(2, (await RunAsync("audit", "verify", _folder["none.ndjson"], "--key", KeyFile)).ExitCode);
    }

    [Fact]
    public async Task Verify_EndCutOff_TheHomeRemembersMore()
    {
        Write(20);
        var lines = File.ReadAllLines(Segment);
        File.WriteAllLines(Segment, lines[..10]);

        var (exitCode, output, _) = await RunAsync("audit", "verify");

        Assert.Equal(1, exitCode);
        Assert.Contains("truncated", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Resume_LogGone_GoesOnAndVerifyShowsTheGap()
    {
        Write(20);
        Assert.Equal(1, (await RunAsync("audit", "resume")).ExitCode); // nothing to go on over
        File.Delete(Segment);

        Assert.Contains("Records are missing", (await RunAsync("audit", "export", "--out", _folder["x.tar.gz"])).Error, StringComparison.Ordinal);
        Assert.Equal(0, (await RunAsync("audit", "resume")).ExitCode);
        Write(3);

        Assert.Contains("missing_start", (await RunAsync("audit", "verify")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RotateKey_TheKeyBeforeStillVerifies()
    {
        Write(20);
        await RunAsync("audit", "key", "export", KeyFile);
        var rotated = await RunAsync("audit", "key", "rotate");
        Write(20);

        Assert.Equal(64, rotated.Output.Trim().Length);
        Assert.Equal(0, (await RunAsync("audit", "verify", _home.AuditDirectory, "--key", KeyFile)).ExitCode);
        Assert.Equal(2, Directory.GetFiles(_home.AuditKeys, "*.pub").Length);
        Assert.Equal(0, (await RunAsync("audit", "verify")).ExitCode);
    }

    [Fact]
    public async Task Export_AndCheck_NeedNothingOfTheHome()
    {
        Write(20);
        await RunAsync("audit", "key", "export", KeyFile);
        var archive = _folder["evidence.tar.gz"];

        Assert.Equal(0, (await RunAsync("audit", "export", "--since", "7d", "--out", archive)).ExitCode);
        Assert.Equal(1, (await RunAsync("audit", "export", "--out", archive)).ExitCode); // never over a file
        Assert.Equal(2, (await RunAsync("audit", "export", "--since", "yesterday", "--out", _folder["y"])).ExitCode);
        Directory.Delete(_home.Root, recursive: true);

        var (exitCode, output, _) = await RunAsync("audit", "check", archive, "--key", KeyFile);
        Assert.True(exitCode == 0 && output.StartsWith("holds", StringComparison.Ordinal), output);
        Assert.False(Directory.Exists(_home.Root));
    }

    [Fact]
    public async Task Home_WithoutTheKeyThatItHad_IsNotOpenedWithAnother()
    {
        Write(3);
        File.Delete(_home.AuditKey);

        var (exitCode, _, error) = await RunAsync("audit", "verify");

        Assert.Equal(2, exitCode);
        Assert.Contains("Restore it from a backup", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Home_WhoseKeyOthersCanRead_IsNotOpened()
    {
        Write(3);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(_home.AuditKey, UnixFileMode.UserRead | UnixFileMode.GroupRead);
            Assert.Contains("chmod 600", (await RunAsync("audit", "verify")).Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Trust_Sessions_AreListed()
    {
        Write(20);

        var (exitCode, output, _) = await RunAsync("audit", "trust");

        Assert.Equal(0, exitCode);
        Assert.Contains("s0\tbuilder\t", output, StringComparison.Ordinal);
        Assert.Contains("verified", output, StringComparison.Ordinal);
        Assert.Equal(1, (await RunAsync("audit", "trust", "nobody")).ExitCode);
    }

    private void Write(int records)
    {
        using var installation = Installation.TryOpen(_home, new(), TimeProvider.System, NullLoggerFactory.Instance, out var problem);
        Assert.True(installation is not null, problem);
        using var opening = AuditOpening.Open(installation, new FirewallOptions(), TimeProvider.System, NullLoggerFactory.Instance, out _)!;
        for (var i = 0; i < records; i++)
        {
            Assert.True(opening.Log.TryAppend(SignedChain.Intent(i)));
        }
    }

    private async Task<(int ExitCode, string Output, string Error)> RunAsync(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var exitCode = await SfwCommand.RunAsync([.. arguments, "--home", _home.Root], output, error);
        return (exitCode, output.ToString(), error.ToString());
    }
}
