using System.IO.Compression;
using System.Text;
using SecretsFirewall.EndToEnd.Tests.Drivers;
using SecretsFirewall.EndToEnd.Tests.Harness;
using SecretsFirewall.EndToEnd.Tests.Upstreams;
using SecretsFirewall.Model;

namespace SecretsFirewall.EndToEnd.Tests.RealClients;

/// <summary>What git itself pushes and fetches through the firewall, on a policy that lets this agent push.</summary>
public sealed class GitPushTests(GitPushTests.Pushing firewall) : FirewallTests(firewall), IClassFixture<GitPushTests.Pushing>, IAsyncLifetime
{
    private readonly GitBackend _backend = new();
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("sfw-e2e-push-");

    public async Task InitializeAsync()
    {
        if (ClientPrograms.SkipReason(Client.Git) is not null)
        {
            return;
        }

        await _backend.CreateAsync();
        await _backend.CreateEmptyAsync("empty.git");
        await GitAsync("init", "-q", "-b", "main", ".");
        await CommitAsync("readme.txt", "text\n");
        Upstream.Reset(_backend.Script());
        Firewall.MarkAudit();
    }

    public Task DisposeAsync()
    {
        _backend.Dispose();
        _folder.Delete(recursive: true);
        return Task.CompletedTask;
    }

    [ClientFact(Client.Git)]
    public async Task GitPush_CleanRepository_ArrivesObjectForObject()
    {
        for (var i = 0; i < 5; i++)
        {
            await CommitAsync("file.txt", string.Join('\n', Enumerable.Range(i, 2000)));
        }

        await GitAsync("tag", "-a", "-m", "A tag", "v1");
        (await PushAsync("main", "v1")).Succeeded();
        await CommitAsync("file.txt", string.Join('\n', Enumerable.Range(9, 2000)));
        (await PushAsync("main")).Succeeded(); // a thin pack
        (await PushAsync("--delete", "v1")).Succeeded(); // none at all

        Assert.Equal((await GitAsync("rev-parse", "HEAD")).Text, await _backend.AskAsync("empty.git", "rev-parse", "main"));
        Assert.Equal((await GitAsync("ls-tree", "-r", "HEAD")).Text, await _backend.AskAsync("empty.git", "ls-tree", "-r", "main"));
        await _backend.AskAsync("empty.git", "fsck", "--full");
    }

    [ClientTheory(Client.Git)]
    [InlineData("file")]
    [InlineData("history")]
    [InlineData("message")]
    [InlineData("file name")]
    [InlineData("tag")]
    public async Task GitPush_RegisteredSecret_IsRefusedBeforeAnythingLeaves(string place)
    {
        var canary = Firewall.Register();
        switch (place)
        {
            case "file":
                await CommitAsync("settings.txt", $"key={canary.Value}\n");
                break;
            case "history":
                await CommitAsync("settings.txt", $"key={canary.Value}\n");
                await CommitAsync("settings.txt", "key=none\n");
                break;
            case "message":
                await CommitAsync("settings.txt", "key=none\n", $"Use {canary.Value}");
                break;
            case "file name":
                await CommitAsync(canary.Value, "text\n");
                break;
            default:
                await GitAsync("tag", "-a", "-m", $"With {canary.Value}", "v1");
                break;
        }

        var result = await PushAsync("--all", "--follow-tags");

        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains("403", result.ErrorText, StringComparison.Ordinal);
        Assert.Equal(0, _backend.CountObjects("empty.git"));
        Assert.DoesNotContain(Upstream.Requests, request => request.Method == "POST" && request.BodyLength > 4); // 4: git asks first whether it may
        AssertNowhere([canary], result.Output, result.Errors);
        var record = await Firewall.AuditAsync(record => record.Code == "secret_blocked");
        Assert.Contains(record.Findings, finding => finding.Name == canary.Name && finding.Location.StartsWith("pack#", StringComparison.Ordinal));
    }

    [ClientFact(Client.Git)]
    public async Task GitPush_SecretBehindWhatIsReadWhole_BreaksOffAndNothingIsStored()
    {
        var canary = Firewall.Register();
        var noise = new byte[12 * 1024 * 1024];
        new Random(5).NextBytes(noise);
        await File.WriteAllBytesAsync(Path.Combine(_folder.FullName, "noise"), noise);
        await CommitAsync("z.txt", canary.Value); // behind the noise in the pack: smaller blobs come later

        var result = await PushAsync("main");

        Assert.NotEqual(0, result.ExitCode);
        var push = Assert.Single(Upstream.Requests, request => request.Method == "POST" && request.BodyLength > 4);
        Assert.Equal(BodyEnd.Aborted, await push.Ended.WaitAsync(Patience.Long));
        Assert.Equal("", await _backend.AskAsync("empty.git", "for-each-ref"));
        await Firewall.AuditAsync(record => record.Code == "secret_blocked");
    }

    [ClientFact(Client.Git)]
    public async Task GitPushAndFetch_Sha256Repository_ArrivesAndIsReadThrough()
    {
        var canary = Firewall.Register();
        await _backend.CreateEmptyAsync("sha256.git", "sha256");
        (await GitAsync("init", "-q", "-b", "main", "--object-format=sha256", "work")).Succeeded();
        foreach (var first in new[] { 0, 1 })
        {
            await File.WriteAllLinesAsync(Path.Combine(_folder.FullName, "work", "file.txt"), Enumerable.Range(first, 3000).Select(line => $"line {line}"));
            (await GitAsync("-C", "work", "add", ".")).Succeeded();
            (await GitAsync("-C", "work", "commit", "-q", "-m", "A change")).Succeeded();
            (await GitAsync("-C", "work", "push", "-q", $"https://{Hosts.Git}/sha256.git", "main")).Succeeded();
        }

        (await GitAsync("clone", "-q", $"https://{Hosts.Git}/sha256.git", "clone")).Succeeded();
        Assert.Equal((await GitAsync("-C", "work", "rev-parse", "HEAD")).Text, (await GitAsync("-C", "clone", "rev-parse", "HEAD")).Text);

        await File.WriteAllTextAsync(Path.Combine(_folder.FullName, "work", "file.txt"), canary.Value);
        (await GitAsync("-C", "work", "commit", "-q", "-a", "-m", "A change")).Succeeded();
        Assert.NotEqual(0, (await GitAsync("-C", "work", "push", "-q", $"https://{Hosts.Git}/sha256.git", "main")).ExitCode);
        await Firewall.AuditAsync(record => record.Code == "secret_blocked");
    }

    [ClientTheory(Client.Git)]
    [InlineData("0")]
    [InlineData("2")]
    public async Task GitClone_RepositoryWithRegisteredValue_BreaksOff(string protocol)
    {
        var canary = Firewall.Register();
        await _backend.CommitAsync("settings.txt", Encoding.UTF8.GetBytes($"key={canary.Value}\n"));

        var result = await GitAsync("-c", $"protocol.version={protocol}", "clone", "-q", $"https://{Hosts.Git}/repository.git", "clone");

        Assert.NotEqual(0, result.ExitCode);
        new LeakCheck(canary).AssertCleanFolder(_folder.FullName);
        AssertOnlyUpstreamHas(canary, result.Output, result.Errors);
        var record = await Firewall.AuditAsync(record => record.Code == "secret_blocked");
        Assert.Equal(Verdict.Aborted, record.Verdict);
        Assert.Contains(record.Findings, finding => finding.Name == canary.Name && finding.Location.StartsWith("response:pack#", StringComparison.Ordinal));
    }

    [ClientTheory(Client.Git)]
    [InlineData("0")]
    [InlineData("2")]
    public async Task GitFetch_CleanRepository_ArrivesWholeAndUnchanged(string protocol)
    {
        (await GitAsync("-c", $"protocol.version={protocol}", "clone", "-q", $"https://{Hosts.Git}/repository.git", "clone")).Succeeded();
        await _backend.CommitAsync("more.txt", Encoding.UTF8.GetBytes(_backend.Content + "more"));
        (await GitAsync("-C", "clone", "-c", $"protocol.version={protocol}", "pull", "-q")).Succeeded();

        Assert.Equal(_backend.Content + "more", await File.ReadAllTextAsync(Path.Combine(_folder.FullName, "clone", "more.txt")));
        Assert.Equal(await _backend.AskAsync("repository.git", "rev-parse", "main"), (await GitAsync("-C", "clone", "rev-parse", "HEAD")).Text);
    }

    /// <summary>Git sends no coded pushes; who would hide one does. Nor is a push one by its label alone.</summary>
    [ClientTheory(Client.Git)]
    [InlineData("/empty.git/git-receive-pack", "application/x-git-receive-pack-request", true)]
    [InlineData("/empty.git/git-receive-pack", "text/plain", false)]
    [InlineData("/upload", "application/octet-stream", false)]
    [InlineData("/upload", "application/x-git-receive-pack-request", true)]
    public async Task Push_ByHand_IsReadWhateverItIsCalled(string path, string type, bool coded)
    {
        var canary = Firewall.Register();
        await CommitAsync("settings.txt", $"key={canary.Value}\n");
        var head = (await GitAsync("rev-parse", "HEAD")).Text.Trim();
        var pack = await ClientProcess.RunAsync(
            ClientPrograms.Executable(Client.Git), ["pack-objects", "--revs", "--stdout", "-q"], new Dictionary<string, string>(), "HEAD\n"u8.ToArray(), _folder.FullName);
        var command = $"{new string('0', 40)} {head} refs/heads/main\0 report-status";
        byte[] push = [.. Encoding.ASCII.GetBytes($"{command.Length + 4:x4}{command}0000"), .. pack.Succeeded().Output];
        if (coded)
        {
            var target = new MemoryStream();
            using (var gzip = new GZipStream(target, CompressionLevel.Fastest))
            {
                gzip.Write(push);
            }

            push = target.ToArray();
        }

        await using var client = await Firewall.TunnelAsync(Hosts.Git);
        var response = await client.RequestAsync("POST", path, Hosts.Git, push, [$"Content-Type: {type}", .. coded ? (string[])["Content-Encoding: gzip"] : []]);

        Assert.Equal(403, response.Status);
        Assert.Contains("secret_blocked", response.Text, StringComparison.Ordinal);
        Assert.Empty(Upstream.Requests);
        AssertNowhere([canary], response.Body);
    }

    [ClientFact(Client.Git)]
    public async Task Push_PackThatCannotBeRead_IsRefused()
    {
        var command = $"{new string('0', 40)} {new string('1', 40)} refs/heads/main\0 report-status";
        var push = Encoding.ASCII.GetBytes($"{command.Length + 4:x4}{command}0000PACKand then no pack at all");
        await using var client = await Firewall.TunnelAsync(Hosts.Git);

        var response = await client.RequestAsync("POST", "/empty.git/git-receive-pack", Hosts.Git, push, ["Content-Type: application/x-git-receive-pack-request"]);

        Assert.Equal(415, response.Status);
        Assert.Contains("git_pack", (await Firewall.AuditAsync(record => record.Code == "uninspectable")).Rule, StringComparison.Ordinal);
        Assert.Empty(Upstream.Requests);
    }

    private async Task CommitAsync(string name, string content, string message = "A change")
    {
        await File.WriteAllTextAsync(Path.Combine(_folder.FullName, name), content);
        (await GitAsync("add", ".")).Succeeded();
        (await GitAsync("commit", "-q", "-m", message)).Succeeded();
    }

    private Task<ClientResult> PushAsync(params string[] what) => GitAsync(["push", "-q", $"https://{Hosts.Git}/empty.git", .. what]);

    private Task<ClientResult> GitAsync(params string[] arguments) => ClientProcess.RunAsync(
        ClientPrograms.Executable(Client.Git),
        ["-c", "user.name=Test", "-c", "user.email=test@example.com", .. arguments],
        new Dictionary<string, string>(Firewall.ClientEnvironment) { ["GIT_TERMINAL_PROMPT"] = "0" },
        folder: _folder.FullName);

    /// <summary>As docs/policies.md shows.</summary>
    public sealed class Pushing : FirewallFixture
    {
        private protected override IReadOnlyDictionary<string, string> PolicyFiles() => new Dictionary<string, string>
        {
            ["local.json"] = $$"""
                {
                  "schema": "policy/v1",
                  "exceptions": [
                    { "id": "agent-pushes", "rule": "git-push", "match": { "agent": { "eq": "{{AgentName}}" } },
                      "expires": "2099-12-31", "owner": "tests", "reason": "What is pushed is inspected." }
                  ]
                }
                """,
        };
    }
}
