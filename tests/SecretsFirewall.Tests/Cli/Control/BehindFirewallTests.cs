using SecretsFirewall.Cli.Control;

namespace SecretsFirewall.Tests.Cli.Control;

public sealed class BehindFirewallTests
{
    [Theory]
    [InlineData(true, "sfw", "exec", "--", "claude")]
    [InlineData(true, "/usr/local/bin/sfw", "exec", "--lock", "--", "claude")]
    [InlineData(true, "dotnet", "/opt/sfw/sfw.dll", "exec", "--", "sh")]
    [InlineData(true, "sfw", "--home", "/tmp/h", "exec", "--", "sh")]
    [InlineData(false, "sfw", "run")]
    [InlineData(false, "sfw", "approvals", "watch")]
    [InlineData(false, "docker", "exec", "sfw", "sfw", "approvals")]
    [InlineData(false, "bash", "-c", "sfw exec")]
    public void IsBelow_AncestorsCommand_SaysIt(bool expected, params string[] ancestor)
    {
        var parents = new Dictionary<int, int> { [30] = 20, [20] = 10, [10] = 1 };

        Assert.Equal(expected, BehindFirewall.IsBelow(30, one => parents.GetValueOrDefault(one), one => one == 10 ? ancestor : ["sh"]));
    }

    [Fact]
    public void IsBelow_ItsOwnCommand_DoesNotCount() =>
        Assert.False(BehindFirewall.IsBelow(30, static one => one == 30 ? 1 : 0, static _ => ["sfw", "exec"]));
}
