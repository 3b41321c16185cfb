using SecretsFirewall.EndToEnd.Tests.Cli;

namespace SecretsFirewall.EndToEnd.Tests.Approvals;

/// <summary>Where the admin plane listens, and the commands beside it.</summary>
public sealed class AdminListenerTests
{
    [Fact]
    public async Task Run_AdminOutsideLoopbackWithoutTls_DoesNotStart()
    {
        await using var home = new SfwHome();

        var result = await home.RunAsync("run", "--listen", "127.0.0.1:0", "--admin", "0.0.0.0:0");

        Assert.Equal(2, result.ExitCode);
        Assert.Contains("admin.tls", result.ErrorText, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Commands_WithoutARunningFirewall_MakeListAndRevokeTokens()
    {
        await using var home = new SfwHome();

        var made = await home.RunAsync("admin", "token", "new", "--role", "operator", "--name", "on-call");
        var listed = await home.RunAsync("admin", "token", "list", "--json");
        var revoked = await home.RunAsync("admin", "token", "revoke", "on-call");
        var none = await home.RunAsync("approvals", "list");
        var missing = await home.RunAsync("approvals", "approve", "no-such-id");
        var audit = await home.RunAsync("tail", "--json");

        Assert.Matches("^sfwt_[0-9A-Za-z]{36}\n$", made.Succeeded().Text);
        Assert.Contains("\"on-call\"", listed.Succeeded().Text, StringComparison.Ordinal);
        Assert.DoesNotContain("sfwt_", listed.Text, StringComparison.Ordinal);
        revoked.Succeeded();
        Assert.Contains("Nothing waits", none.Succeeded().ErrorText, StringComparison.Ordinal);
        Assert.Equal(1, missing.ExitCode);
        Assert.Contains("sfw approvals list", missing.ErrorText, StringComparison.Ordinal);
        Assert.Equal(2, audit.Succeeded().Text.Split('\n').Count(line => line.Contains("admin_token_changed", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Approve_BelowExec_IsRefused()
    {
        await using var home = new SfwHome();

        var result = await home.RunAsync("exec", "--", "dotnet", typeof(SecretsFirewall.Cli.Firewall).Assembly.Location, "approvals", "approve", "any");

        Assert.Equal(1, result.ExitCode);
        Assert.Contains("does not answer its own questions", result.ErrorText, StringComparison.Ordinal);
    }
}
