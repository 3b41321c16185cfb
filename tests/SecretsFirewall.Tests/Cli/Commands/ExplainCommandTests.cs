using Microsoft.Extensions.Logging.Abstractions;
using SecretsFirewall.Audit;
using SecretsFirewall.Cli;
using SecretsFirewall.Model;

namespace SecretsFirewall.Tests.Cli.Commands;

public sealed class ExplainCommandTests : IDisposable
{
    private const string Id = "01a1fdff3e6e709099ea184a3cc28777";

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Explain_RefusedExchange_SaysWhoWhereAndWhy()
    {
        Record(new AuditRecord
        {
            Type = AuditTypes.Outcome,
            Exchange = Id,
            Agent = "builder",
            Destination = new Destination("https", "api.example.com", 443),
            Method = "POST",
            Path = "/x",
            Verdict = Verdict.Refused,
            Status = 403,
            Code = "unbound_ref",
            Rule = "binding",
            Detail = "No binding lets SECRET_REF(a) be used.",
        });
        var (exitCode, output, _) = await RunAsync("explain", Id);
        Assert.Equal(0, exitCode);
        foreach (var word in (string[])["builder", "POST https://api.example.com/x", "refused", "unbound_ref", "binding", "SECRET_REF(a)"])
        {
            Assert.Contains(word, output, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Explain_PathWithTerminalCodes_IsShownEscaped()
    {
        Record(new AuditRecord { Type = AuditTypes.Outcome, Exchange = Id, Path = "/\u001b[2Jx", Method = "GET" });
        var (_, output, _) = await RunAsync("explain", Id);
        Assert.DoesNotContain('\u001b', output);
    }

    [Fact]
    public async Task Explain_UnknownId_IsRefusedWithWhatToDo()
    {
        Record(new AuditRecord { Type = AuditTypes.Started });
        var (exitCode, output, error) = await RunAsync("explain", "nothing");
        Assert.Equal(1, exitCode);
        Assert.Empty(output);
        Assert.Contains("sfw tail", error, StringComparison.Ordinal);
    }

    private void Record(AuditRecord record)
    {
        var home = new FirewallHome(_folder.Path);
        Assert.Null(home.Prepare());
        using var log = AuditLog.Open(new AuditOptions { Directory = home.AuditDirectory }, TimeProvider.System, NullLogger.Instance);
        Assert.True(log.TryAppend(record));
    }

    private async Task<(int ExitCode, string Output, string Error)> RunAsync(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var exitCode = await SfwCommand.RunAsync(["--home", _folder.Path, .. arguments], output, error);
        return (exitCode, output.ToString(), error.ToString());
    }
}
