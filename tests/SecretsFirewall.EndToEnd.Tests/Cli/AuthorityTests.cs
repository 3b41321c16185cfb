using System.Text.Json;
using SecretsFirewall.Cli;
using SecretsFirewall.EndToEnd.Tests.Drivers;

namespace SecretsFirewall.EndToEnd.Tests.Cli;

/// <summary><c>sfw ca</c> as a person meets it.</summary>
public sealed class AuthorityTests
{
    [Fact]
    public async Task New_ForAnAgent_IsWhatThatAgentTrustsAndNobodyElse()
    {
        await using var sfw = new SfwHome();
        await DoneAsync(sfw, "agents", "add", "builder");
        await DoneAsync(sfw, "agents", "add", "other");

        var made = await DoneAsync(sfw, "ca", "new", "--constrain", "--agent", "builder");

        Assert.Contains("api.openai.com", made.ErrorText, StringComparison.Ordinal);
        Assert.Contains("does not name", made.ErrorText, StringComparison.Ordinal); // the default policy lets unlisted hosts be read
        var files = sfw.Home.AuthorityOf("builder");
        Assert.Equal(files.Bundle, (await TrustedAsync(sfw, "builder")).Trim());
        Assert.Equal(sfw.Home.CaBundle, (await TrustedAsync(sfw, "other")).Trim());
        Assert.Contains(File.ReadAllText(files.Certificate).Trim(), File.ReadAllText(files.Bundle), StringComparison.Ordinal);
        Assert.DoesNotContain(File.ReadAllText(sfw.Home.CaCertificate).Trim(), File.ReadAllText(files.Bundle), StringComparison.Ordinal);
        Assert.True(PrivateFile.IsPrivate(files.Key));

        var shown = JsonDocument.Parse((await DoneAsync(sfw, "ca", "show", "--agent", "builder", "--json")).Text).RootElement;
        Assert.Contains(shown.GetProperty("constraints").EnumerateArray(), static one => one.GetString() == "api.openai.com");
        Assert.Equal(File.ReadAllText(files.Certificate).Trim(), (await DoneAsync(sfw, "ca", "export", "--agent", "builder")).Text.Trim());
        var listed = JsonDocument.Parse((await DoneAsync(sfw, "ca", "list", "--json")).Text).RootElement.GetProperty("authorities");
        Assert.Equal(2, listed.GetArrayLength());
        Assert.Equal(JsonValueKind.Null, listed[0].GetProperty("constraints").ValueKind);
    }

    [Fact]
    public async Task Backup_AgentsOwn_IsInIt()
    {
        await using var sfw = new SfwHome();
        await DoneAsync(sfw, "agents", "add", "builder");
        await DoneAsync(sfw, "ca", "new", "--constrain", "--agent", "builder");
        var (file, copy) = (sfw.Home.Root + ".tar.gz", new FirewallHome(sfw.Home.Root + "-copy"));

        await DoneAsync(sfw, "backup", file);
        await DoneAsync(sfw, "restore", file, "--home", copy.Root);

        Assert.Equal(File.ReadAllText(sfw.Home.AuthorityOf("builder").Key), File.ReadAllText(copy.AuthorityOf("builder").Key));
        Assert.True(PrivateFile.IsPrivate(copy.AuthorityOf("builder").Key));
    }

    [Fact]
    public async Task Status_PolicyThatNamesMoreThanTheAuthority_SaysToRenewIt()
    {
        await using var sfw = new SfwHome();
        await DoneAsync(sfw, "agents", "add", "builder");
        await DoneAsync(sfw, "ca", "new", "--constrain", "--agent", "builder");
        File.WriteAllText(Path.Combine(sfw.Home.PolicyDirectory, "default", "local.json"), """
            { "schema": "policy/v1", "destinations": [{ "id": "more", "kind": "tool", "hosts": ["new.example.com"] }] }
            """);

        Assert.Contains("sfw ca renew --agent builder", NotesOf(await sfw.StartAsync()), StringComparison.Ordinal);
        Assert.Equal(ExitCodes.HomeInUse, (await sfw.RunAsync("ca", "renew", "--agent", "builder")).ExitCode);
        await sfw.StopAsync();
        await DoneAsync(sfw, "ca", "renew", "--agent", "builder");

        Assert.DoesNotContain("sfw ca renew", NotesOf(await sfw.StartAsync()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Remove_AgentsOwn_LeavesTheInstallations()
    {
        await using var sfw = new SfwHome();
        await DoneAsync(sfw, "agents", "add", "builder");
        await DoneAsync(sfw, "ca", "new", "--constrain", "--agent", "builder");

        await DoneAsync(sfw, "ca", "remove", "--agent", "builder");

        Assert.Equal(sfw.Home.CaBundle, (await TrustedAsync(sfw, "builder")).Trim());
        Assert.Equal(1, (await sfw.RunAsync("ca", "remove", "--agent", "builder")).ExitCode);
    }

    [Fact]
    public async Task New_ForTheInstallation_IsConstrainedAndStaysSoWhenRenewed()
    {
        await using var sfw = new SfwHome();

        await DoneAsync(sfw, "ca", "new", "--constrain");
        var first = File.ReadAllText(sfw.Home.CaCertificate);
        await DoneAsync(sfw, "ca", "renew");

        Assert.NotEqual(first, File.ReadAllText(sfw.Home.CaCertificate));
        Assert.Contains("api.openai.com", (await DoneAsync(sfw, "ca", "show")).Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2, "There is no agent nobody", "ca", "new", "--constrain", "--agent", "nobody")]
    [InlineData(2, "has no CA of its own", "ca", "renew", "--agent", "nobody")]
    [InlineData(1, "has no CA of its own", "ca", "remove", "--agent", "../ca")]
    public async Task Agent_ThatIsNone_IsRefused(int exitCode, string problem, params string[] arguments)
    {
        await using var sfw = new SfwHome();

        var result = await sfw.RunAsync(arguments);

        Assert.Equal(exitCode, result.ExitCode);
        Assert.Contains(problem, result.ErrorText, StringComparison.Ordinal);
    }

    private static string NotesOf(JsonElement status) => string.Join('\n', status.GetProperty("notes").EnumerateArray().Select(static note => note.GetString()));

    private static async Task<string> TrustedAsync(SfwHome sfw, string agent) =>
        (await DoneAsync(sfw, "exec", "--agent", agent, "--", "sh", "-c", "echo $SSL_CERT_FILE")).Text;

    private static async Task<ClientResult> DoneAsync(SfwHome sfw, params string[] arguments) => (await sfw.RunAsync(arguments)).Succeeded();
}
