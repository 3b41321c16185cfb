using Microsoft.Extensions.Logging;
using SecretsFirewall.Cli;
using SecretsFirewall.Cli.Running;

namespace SecretsFirewall.Tests.Cli.Running;

public sealed class OperationalLogTests
{
    [Fact]
    public void Open_ForwardersFailure_IsNotWrittenSinceItQuotesTheUpstream()
    {
        using var folder = new TempFolder();
        var home = new FirewallHome(folder["home"]);
        Assert.Null(home.Prepare());
        using (var loggers = OperationalLog.Open(home))
        {
            var quoting = new HttpRequestException("Received an invalid status line: 'not-a-real-secret'.");
            loggers.CreateLogger("Yarp.ReverseProxy.Forwarder.HttpForwarder").Log(LogLevel.Error, default, "failed", quoting, static (state, _) => state);
            loggers.CreateLogger("SecretsFirewall.Test").Log(LogLevel.Information, default, "written", null, static (state, _) => state);
        }

        var log = File.ReadAllText(Assert.Single(Directory.GetFiles(home.LogDirectory)));
        Assert.Contains("written", log, StringComparison.Ordinal);
        Assert.DoesNotContain("not-a-real-secret", log, StringComparison.Ordinal);
    }
}
