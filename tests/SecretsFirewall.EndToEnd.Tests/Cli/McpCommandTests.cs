using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using SecretsFirewall.Cli;
using SecretsFirewall.Pins;
using SecretsFirewall.Storage;

namespace SecretsFirewall.EndToEnd.Tests.Cli;

/// <summary><c>sfw mcp</c>, with and without a running firewall.</summary>
public sealed class McpCommandTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Mcp_ListApproveForget_ChangeWhatIsKnown(bool isRunning)
    {
        await using var sfw = new SfwHome();
        Assert.Contains("No tool is known", (await sfw.RunAsync("mcp", "list")).Succeeded().ErrorText, StringComparison.Ordinal);
        Pin(sfw.Home, new ToolPin("mcp.example.com", "read", new string('1', 64), false, "Reads.", DateTimeOffset.UnixEpoch));
        Pin(sfw.Home, new ToolPin("mcp.example.com", "read", new string('2', 64), true, "Reads \e[2Jall.", DateTimeOffset.UnixEpoch));
        if (isRunning)
        {
            await sfw.StartAsync();
        }

        var waiting = (await sfw.RunAsync("mcp", "list", "--pending")).Succeeded().Text;
        Assert.Contains("mcp.example.com\tread\tpending\t1970-01-01 00:00:00Z\t222222222222\tReads \\u{1b}[2Jall.", waiting, StringComparison.Ordinal);
        using var whole = JsonDocument.Parse((await sfw.RunAsync("mcp", "list", "--json")).Succeeded().Text);
        Assert.Equal(["known", "pending"], whole.RootElement.GetProperty("tools").EnumerateArray().Select(tool => tool.GetProperty("state").GetString()));

        (await sfw.RunAsync("mcp", "approve", "MCP.example.com", "read")).Succeeded();
        var again = await sfw.RunAsync("mcp", "approve", "mcp.example.com", "read");
        Assert.Equal((1, true), (again.ExitCode, again.ErrorText.Contains("not waiting", StringComparison.Ordinal)));
        Assert.Contains("sfw mcp list", (await sfw.RunAsync("mcp", "forget", "mcp.example.com", "write")).ErrorText, StringComparison.Ordinal);
        (await sfw.RunAsync("mcp", "forget", "mcp.example.com")).Succeeded();
        Assert.Equal("", (await sfw.RunAsync("mcp", "list")).Succeeded().Text);
    }

    private static void Pin(FirewallHome home, ToolPin pin)
    {
        using var taken = Lock(home);
        using var store = SqliteStore.Open(home.Database, NullLogger.Instance, out _)!;
        Assert.True(store.ToolPins.Save([pin]));
    }

    private static HomeLock Lock(FirewallHome home)
    {
        HomeLock? taken = null;
        SpinWait.SpinUntil(() => (taken = HomeLock.TryTake(home, TimeProvider.System)) is not null, Harness.Patience.Long);
        return taken!;
    }
}
