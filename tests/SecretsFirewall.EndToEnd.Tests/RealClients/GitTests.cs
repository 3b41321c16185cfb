using System.Text;
using SecretsFirewall.EndToEnd.Tests.Drivers;
using SecretsFirewall.EndToEnd.Tests.Harness;
using SecretsFirewall.EndToEnd.Tests.Upstreams;

namespace SecretsFirewall.EndToEnd.Tests.RealClients;

public sealed class GitTests(FirewallFixture firewall) : FirewallTests(firewall), IClassFixture<FirewallFixture>, IAsyncLifetime
{
    private readonly GitBackend _backend = new();
    private readonly DirectoryInfo _target = Directory.CreateTempSubdirectory("sfw-e2e-clone-");

    public Task InitializeAsync() => ClientPrograms.SkipReason(Client.Git) is null ? _backend.CreateAsync() : Task.CompletedTask;

    public Task DisposeAsync()
    {
        _backend.Dispose();
        _target.Delete(recursive: true);
        return Task.CompletedTask;
    }

    [ClientFact(Client.Git)]
    public async Task GitClone_PublicRepository_ArrivesWhole()
    {
        Upstream.Reset(_backend.Script());

        var result = await CloneAsync($"https://{Hosts.Git}/repository.git");

        result.Succeeded();
        Assert.Equal(_backend.Content, await File.ReadAllTextAsync(Path.Combine(_target.FullName, "clone", "file.txt")));
    }

    [ClientFact(Client.Git)]
    public async Task GitClone_ReferenceAsPassword_IsBoundInsideBasicCredentials()
    {
        var canary = Firewall.Register();
        Firewall.BindHeader(canary, Hosts.Git, "Authorization", "Basic x-access-token:{}");
        var authorization = "Basic " + Convert.ToBase64String(Encoding.ASCII.GetBytes($"x-access-token:{canary.Value}"));
        Upstream.Reset(_backend.Script(authorization));

        var result = await CloneAsync($"https://x-access-token:{canary.Reference}@{Hosts.Git}/repository.git");

        result.Succeeded();
        Assert.Equal(_backend.Content, await File.ReadAllTextAsync(Path.Combine(_target.FullName, "clone", "file.txt")));
        Assert.Contains(Upstream.Requests, request => request.Header("Authorization") == authorization);
        AssertOnlyUpstreamHas(canary, result.Output, result.Errors);
        new LeakCheck(canary).AssertCleanFolder(_target.FullName);
    }

    [ClientFact(Client.Git)]
    public async Task GitPush_UnderTheDefaultPolicy_IsRefusedByItsRule()
    {
        await _backend.CreateEmptyAsync("empty.git");
        Upstream.Reset(_backend.Script());
        (await CloneAsync($"https://{Hosts.Git}/repository.git")).Succeeded();

        var result = await ClientProcess.RunAsync(
            ClientPrograms.Executable(Client.Git),
            ["-C", "clone", "push", $"https://{Hosts.Git}/empty.git", "main"],
            new Dictionary<string, string>(Firewall.ClientEnvironment) { ["GIT_TERMINAL_PROMPT"] = "0" },
            folder: _target.FullName);

        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains("403", result.ErrorText, StringComparison.Ordinal);
        Assert.Equal("git-push", (await Firewall.AuditAsync(record => record.Code == "policy_denied")).Rule);
        Assert.DoesNotContain(Upstream.Requests, request => request.Target.EndsWith("/git-receive-pack", StringComparison.Ordinal) && request.Method == "POST");
        Assert.Equal(0, _backend.CountObjects("empty.git"));
    }

    private Task<ClientResult> CloneAsync(string url) => ClientProcess.RunAsync(
        ClientPrograms.Executable(Client.Git),
        ["clone", "--quiet", url, Path.Combine(_target.FullName, "clone")],
        new Dictionary<string, string>(Firewall.ClientEnvironment) { ["GIT_TERMINAL_PROMPT"] = "0" },
        folder: _target.FullName);
}
