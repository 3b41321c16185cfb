using SecretsFirewall.Cli;

namespace SecretsFirewall.Tests.Cli;

public sealed class HomeLockTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly FakeTime _time = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void TryTake_SecondTime_IsRefusedAndSaysWhoHasIt()
    {
        var home = Prepared();
        using var first = HomeLock.TryTake(home, _time);

        Assert.NotNull(first);
        Assert.Null(HomeLock.TryTake(home, _time));
        Assert.Contains($"process {Environment.ProcessId}", HomeLock.Refusal(home), StringComparison.Ordinal);
        Assert.Equal(_time.GetUtcNow(), HomeLock.Holder(home)!.Since);
    }

    [Fact]
    public void TryTake_AfterTheHolderWentAway_Succeeds()
    {
        var home = Prepared();
        HomeLock.TryTake(home, _time)!.Dispose();

        using var second = HomeLock.TryTake(home, _time);

        Assert.NotNull(second);
    }

    [Fact]
    public void TryTake_NoteOfAProcessThatWasKilled_IsNoLock()
    {
        var home = Prepared();
        File.WriteAllText(home.LockFile, "");
        File.WriteAllText(home.LockHolderFile, "4242 2026-01-01T00:00:00.0000000+00:00\n");

        using var taken = HomeLock.TryTake(home, _time);

        Assert.Equal(Environment.ProcessId, HomeLock.Holder(home)!.ProcessId);
    }

    [Fact]
    public void Prepare_HomeOpenToOthers_IsRefused()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        var home = Prepared();
        File.SetUnixFileMode(home.Root, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.OtherRead);

        Assert.Contains("chmod 700", home.Prepare(), StringComparison.Ordinal);
    }

    [Fact]
    public void Prepare_NewHome_IsPrivate()
    {
        var home = Prepared();

        Assert.All(Directory.GetDirectories(home.Root).Append(home.Root), path => Assert.True(PrivateFile.IsPrivate(path), path));
    }

    private FirewallHome Prepared()
    {
        var home = new FirewallHome(_folder["home"]);
        Assert.Null(home.Prepare());
        return home;
    }
}
