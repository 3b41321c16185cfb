using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using SecretsFirewall.Audit;
using SecretsFirewall.Bundles;
using SecretsFirewall.Cli;
using SecretsFirewall.Cli.Recorded;
using SecretsFirewall.Model;

namespace SecretsFirewall.Tests.Cli.Recorded;

/// <summary>A home with a shipped policy and a log that the test writes, and the commands on it.</summary>
internal sealed class RecordedHome : IDisposable
{
    private readonly TempFolder _folder = new();

    /// <param name="local">A file of the policy's own beside the shipped ones.</param>
    public RecordedHome(string? local = null)
    {
        Assert.Null(Home.Prepare());
        ShippedPolicies.Write(Home.PolicyDirectory, "default");
        if (local is not null)
        {
            File.WriteAllText(Path.Combine(PolicyFolder, "local.json"), local);
        }

        Policy = PolicyInHand.TryRead(PolicyFolder, out var problem) ?? throw new InvalidOperationException(problem);
    }

    public FirewallHome Home => new(_folder.Path);

    public string PolicyFolder => Path.Combine(Home.PolicyDirectory, "default");

    public PolicyInHand Policy { get; }

    public AuditBundle Bundle => new(Policy.Snapshot.Name, Policy.Snapshot.Revision, Policy.Snapshot.Hash);

    public void Dispose() => _folder.Dispose();

    /// <summary>A folder beside the home with the shipped policy and one more file.</summary>
    public string Candidate(string local)
    {
        var folder = Path.Combine(_folder.Path, "candidates");
        ShippedPolicies.Write(folder, "default");
        var path = Path.Combine(folder, "default");
        File.WriteAllText(Path.Combine(path, "local.json"), local);
        return path;
    }

    public AuditRecord Refused(string id, string method, string host, string path, string rule, string code = "policy_denied") => new()
    {
        Type = AuditTypes.Outcome,
        Exchange = id,
        Agent = "builder",
        Destination = new Destination("https", host, 443),
        Method = method,
        Path = path,
        Verdict = Verdict.Refused,
        Status = 403,
        Code = code,
        Rule = rule,
        Blame = Blame.Policy,
        Bundle = Bundle,
    };

    public AuditRecord[] Forwarded(string id, string method, string host, string path, string rule, params AuditTool[] tools)
    {
        var outcome = Refused(id, method, host, path, rule) with { Verdict = Verdict.Forwarded, Status = 200, Code = null, Blame = null, Outcome = "allow", RequestBytes = 0, ResponseBytes = 7 };
        return [outcome with { Type = AuditTypes.Intent, Verdict = null, Status = null }, outcome with { Tools = tools }];
    }

    public void Record(params IEnumerable<AuditRecord> records)
    {
        using var log = AuditLog.Open(new AuditOptions { Directory = Home.AuditDirectory }, TimeProvider.System, NullLogger.Instance);
        foreach (var record in records)
        {
            Assert.True(log.TryAppend(record));
        }
    }

    public async Task<(int ExitCode, string Output, string Error)> RunAsync(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var exitCode = await SfwCommand.RunAsync(["--home", _folder.Path, .. arguments], output, error);
        return (exitCode, output.ToString(), error.ToString());
    }

    public async Task<JsonElement> JsonAsync(params string[] arguments)
    {
        var (_, output, error) = await RunAsync([.. arguments, "--json"]);
        Assert.True(output.Length > 0, error);
        using var document = JsonDocument.Parse(output);
        return document.RootElement.Clone();
    }
}
