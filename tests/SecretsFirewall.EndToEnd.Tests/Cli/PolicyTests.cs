using System.Text.Json;
using SecretsFirewall.Audit;
using SecretsFirewall.Cli;
using SecretsFirewall.EndToEnd.Tests.Drivers;

namespace SecretsFirewall.EndToEnd.Tests.Cli;

/// <summary>Policies as a person meets them who signs them: from the first key to the way back.</summary>
public sealed class PolicyTests
{
    private const string Rule = """
        {
          "schema": "policy/v1",
          "rules": [ { "id": "no-deletes", "on": "request", "outcome": "deny", "match": { "method": { "eq": "DELETE" } }, "reason": "Nothing is deleted." } ],
          "cases": [ { "name": "no deletes", "facts": { "host": "api.github.com", "method": "DELETE" }, "expect": { "outcome": "deny", "rule": "no-deletes" } } ]
        }
        """;

    [Fact]
    public async Task Policy_WholeLifeWithAndWithoutAFirewall_NeverGoesBackButByANewVersion()
    {
        await using var sfw = new SfwHome();
        var (folder, first, second, third) = (Path.Combine(sfw.Folder, "team"), Path.Combine(sfw.Folder, "1.bundle"), Path.Combine(sfw.Folder, "2.bundle"), Path.Combine(sfw.Folder, "3.bundle"));

        // Keys and the first bundle, while nothing runs.
        await DoneAsync(sfw, "keys", "new", "release");
        Assert.True(PrivateFile.IsPrivate(Path.Combine(sfw.Home.PolicyKeys, "release.key")));
        await DoneAsync(sfw, "keys", "trust", "release");
        Assert.Contains("release\t", (await DoneAsync(sfw, "keys", "list")).Text, StringComparison.Ordinal);
        await DoneAsync(sfw, "policy", "init", folder);
        await DoneAsync(sfw, "policy", "test", folder);
        await DoneAsync(sfw, "policy", "build", folder, "--out", first, "--name", "team");
        await RefusedAsync(sfw, "unsigned", "policy", "load", first);
        await DoneAsync(sfw, "policy", "sign", first, "--key", "release");
        await DoneAsync(sfw, "policy", "verify", first);
        await DoneAsync(sfw, "policy", "inspect", first);
        await DoneAsync(sfw, "policy", "load", first);

        // A firewall starts under it; the next one is loaded while it runs.
        var status = await sfw.StartAsync();
        Assert.Equal(("team", 1, "signed"), PolicyOf(status));
        File.WriteAllText(Path.Combine(folder, "local.json"), Rule);
        await DoneAsync(sfw, "policy", "build", folder, "--out", second, "--name", "team", "--revision", "2", "--previous", first);
        await DoneAsync(sfw, "policy", "sign", second, "--key", "release");
        var difference = await sfw.RunAsync("policy", "diff", first, second);
        Assert.Equal(1, difference.ExitCode);
        Assert.Contains("+ rule no-deletes", difference.Text, StringComparison.Ordinal);
        Assert.Contains("+ case no deletes", difference.Text, StringComparison.Ordinal);
        await DoneAsync(sfw, "policy", "load", second);
        Assert.Equal(("team", 2, "signed"), PolicyOf(await sfw.StatusAsync()));

        // Back is refused, and said; the one before stays, also over a restart.
        await RefusedAsync(sfw, "older", "policy", "load", first);
        Assert.Equal(("team", 2, "signed"), PolicyOf(await sfw.StatusAsync()));
        Assert.Equal("degraded: older\n", await HealthAsync(await sfw.StatusAsync()));
        Assert.Equal(1, (await sfw.RunAsync("policy", "status")).ExitCode);
        await sfw.StopAsync();
        await RefusedAsync(sfw, "older", "policy", "load", first);
        await sfw.StartAsync();
        await RefusedAsync(sfw, "older", "policy", "load", first);

        // The old content as a new version is the way back.
        await DoneAsync(sfw, "policy", "rollback", first, "--key", "release", "--out", third, "--load");
        status = await sfw.StatusAsync();
        Assert.Equal(("team", 3, "signed"), PolicyOf(status));
        Assert.Equal("ok\n", await HealthAsync(status));
        Assert.Equal(0, (await sfw.RunAsync("policy", "diff", first, third)).ExitCode);
        await DoneAsync(sfw, "policy", "status");
        await sfw.StopAsync();

        var records = AuditReader.Read(sfw.Home.AuditDirectory).Select(entry => entry.Record).ToList();
        Assert.Contains(records, record => record.Type == AuditTypes.PolicyRefused && record.Code == "older");
        Assert.Equal([2, 3], records.Where(record => record.Type == AuditTypes.PolicyLoaded).Select(record => record.Bundle!.Revision));
        var hash = status.GetProperty("policy").GetProperty("hash").GetString();
        Assert.Equal(hash, records.Last(record => record.Type == AuditTypes.PolicyLoaded).Bundle!.Hash);
    }

    [Fact]
    public async Task Policy_CaseThatIsAnsweredOtherwise_IsShownAndNotBuilt()
    {
        await using var sfw = new SfwHome();
        var folder = Path.Combine(sfw.Folder, "team");
        await DoneAsync(sfw, "policy", "init", folder, "--from", "strict");
        File.WriteAllText(Path.Combine(folder, "local.json"), Rule.Replace("\"outcome\": \"deny\", \"rule\"", "\"outcome\": \"allow\", \"rule\"", StringComparison.Ordinal));

        var tested = await sfw.RunAsync("policy", "test", folder);
        var built = await sfw.RunAsync("policy", "build", folder, "--out", Path.Combine(sfw.Folder, "b"));
        var linted = await sfw.RunAsync("policy", "lint", folder);

        Assert.Equal((1, 1, 1), (tested.ExitCode, built.ExitCode, linted.ExitCode));
        Assert.Contains("local.json:4: no deletes\n    - allow by no-deletes\n    + deny by no-deletes\n", tested.Text, StringComparison.Ordinal);
        Assert.Contains("local.json:4: Case 'no deletes'", built.Text, StringComparison.Ordinal);
        Assert.Contains("error: local.json:4:", linted.Text, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(sfw.Folder, "b")));
    }

    [Fact]
    public async Task Keys_TwoOfThreeWithAnSshKey_MustSign()
    {
        await using var sfw = new SfwHome();
        var (folder, bundle, ssh, toSign, root) = (Path.Combine(sfw.Folder, "team"), Path.Combine(sfw.Folder, "b"), Path.Combine(sfw.Folder, "id"), Path.Combine(sfw.Folder, "tosign"), Path.Combine(sfw.Folder, "root.json"));
        (await ClientProcess.RunAsync("ssh-keygen", ["-q", "-t", "ecdsa", "-b", "256", "-N", "", "-f", ssh], sfw.Variables)).Succeeded();
        await DoneAsync(sfw, "keys", "new", "ada");
        await DoneAsync(sfw, "keys", "new", "bob");
        await DoneAsync(sfw, "keys", "trust", "ada");
        await DoneAsync(sfw, "keys", "trust", "bob", "--threshold", "2");
        var untold = await sfw.RunAsync("keys", "trust", ssh + ".pub");
        Assert.Equal(1, untold.ExitCode);
        var fingerprint = untold.ErrorText.Split(' ').First(word => word.Trim('.').Length == 64).Trim('.');
        await RefusedAsync(sfw, "not the key that you were told", "keys", "trust", ssh + ".pub", "--fingerprint", new string('0', 64));
        await DoneAsync(sfw, "keys", "trust", ssh + ".pub", "--fingerprint", fingerprint, "--name", "cyd");
        await DoneAsync(sfw, "keys", "export", root);

        await DoneAsync(sfw, "policy", "init", folder);
        await DoneAsync(sfw, "policy", "build", folder, "--out", bundle);
        await DoneAsync(sfw, "policy", "sign", bundle, "--key", "ada");
        await RefusedAsync(sfw, "below_threshold", "policy", "verify", bundle);
        await DoneAsync(sfw, "policy", "sign", bundle, "--to-sign", toSign);
        (await ClientProcess.RunAsync("ssh-keygen", ["-q", "-Y", "sign", "-n", "policy@secretsfirewall", "-f", ssh, toSign], sfw.Variables)).Succeeded();
        await DoneAsync(sfw, "policy", "sign", bundle, "--signature", toSign + ".sig", "--by", ssh + ".pub");

        var verified = await DoneAsync(sfw, "policy", "verify", bundle, "--json", "--root", root);
        using var reply = JsonDocument.Parse(verified.Text);
        Assert.Equal(["ada", "cyd"], reply.RootElement.GetProperty("signers").EnumerateArray().Select(signer => signer.GetProperty("name").GetString()!).Order(StringComparer.Ordinal));
        await DoneAsync(sfw, "keys", "untrust", "cyd");
        await RefusedAsync(sfw, "untrusted_key", "policy", "verify", bundle);
        await RefusedAsync(sfw, "1 to 2 signatures", "keys", "trust", "bob", "--threshold", "3");
    }

    [Fact]
    public async Task Root_MadeElsewhere_IsTakenByItsFingerprintAndThenFollowed()
    {
        await using var office = new SfwHome();
        await using var site = new SfwHome();
        var (first, second) = (Path.Combine(office.Folder, "root1.json"), Path.Combine(office.Folder, "root2.json"));
        await DoneAsync(office, "keys", "new", "release");
        await DoneAsync(office, "keys", "trust", "release");
        var fingerprint = (await DoneAsync(office, "keys", "export", first)).Text.Trim();
        await DoneAsync(office, "keys", "new", "next");
        await DoneAsync(office, "keys", "trust", "next");
        await DoneAsync(office, "keys", "export", second);

        await RefusedAsync(site, "Ask its owner", "keys", "trust", "--root", first);
        await DoneAsync(site, "keys", "trust", "--root", first, "--fingerprint", fingerprint);
        await RefusedAsync(site, "older", "keys", "trust", "--root", first);
        await DoneAsync(site, "keys", "trust", "--root", second);

        Assert.Contains("next\t", (await DoneAsync(site, "keys", "list")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_FolderEditedWhereKeysAreTrusted_RefusesEverythingAndSaysSo()
    {
        await using var sfw = new SfwHome();
        var status = await sfw.StartAsync();
        Assert.Equal("shipped", PolicyOf(status).Trust);
        await sfw.StopAsync();
        File.WriteAllText(Path.Combine(sfw.Home.PolicyDirectory, "default", "local.json"), Rule);
        Assert.Equal("unsigned", PolicyOf(await sfw.StartAsync()).Trust);
        await sfw.StopAsync();

        await DoneAsync(sfw, "keys", "new", "release");
        await DoneAsync(sfw, "keys", "trust", "release");
        status = await sfw.StartAsync();

        Assert.Equal(("none", 0, "none"), PolicyOf(status));
        Assert.Contains("Keys are trusted here", status.GetProperty("notes").GetRawText(), StringComparison.Ordinal);
        Assert.Equal("refusing: policy_refused\n", await HealthAsync(status));
    }

    private static (string Name, int Revision, string Trust) PolicyOf(JsonElement status)
    {
        var policy = status.GetProperty("policy");
        return (policy.GetProperty("name").GetString()!, policy.GetProperty("revision").GetInt32(), policy.GetProperty("trust").GetString()!);
    }

    private static async Task<string> HealthAsync(JsonElement status)
    {
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        using var response = await http.GetAsync($"http://{status.GetProperty("admin").GetString()}/healthz");
        return await response.Content.ReadAsStringAsync();
    }

    private static async Task<ClientResult> DoneAsync(SfwHome sfw, params string[] arguments)
    {
        var result = await sfw.RunAsync(arguments);
        Assert.True(result.ExitCode == ExitCodes.Done, $"sfw {string.Join(' ', arguments)}: {result.ExitCode}: {result.ErrorText}{result.Text}");
        return result;
    }

    private static async Task RefusedAsync(SfwHome sfw, string word, params string[] arguments)
    {
        var result = await sfw.RunAsync(arguments);
        Assert.Equal(ExitCodes.NotDone, result.ExitCode);
        Assert.Contains(word, result.ErrorText, StringComparison.Ordinal);
    }
}
