using System.Security.Cryptography;
using System.Text;
using SecretsFirewall.Admin;
using SecretsFirewall.Cli;
using SecretsFirewall.Cli.Backups;
using SecretsFirewall.Cli.Control;

namespace SecretsFirewall.Tests.Cli.Control;

/// <summary>The control plane while no firewall runs: the command's own process takes the lock and runs the same table.</summary>
public sealed class ControlAccessTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly FirewallHome _home;

    public ControlAccessTests() => _home = new FirewallHome(_folder["home"]);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task SecretsAdd_Value_IsListedByNameAndNowhereInPlain()
    {
        var value = RandomNumberGenerator.GetHexString(40);
        await using (var client = await OpenAsync())
        {
            Assert.Null((await client.CallAsync(ControlOperations.SecretsAdd, Adding("github", value), default)).Failure);
            var listed = await client.CallAsync(ControlOperations.SecretsList, NoContent.Instance, default);
            Assert.Equal("github", Assert.Single(listed.Value!.Secrets).Name);
        }

        Assert.All(
            Directory.EnumerateFiles(_home.Root, "*", SearchOption.AllDirectories),
            file => Assert.DoesNotContain(value, Encoding.Latin1.GetString(File.ReadAllBytes(file)), StringComparison.Ordinal));
    }

    [Fact]
    public async Task SecretsAdd_NameThatIsNone_IsRefused()
    {
        await using var client = await OpenAsync();

        var refused = await client.CallAsync(ControlOperations.SecretsAdd, Adding("no name", RandomNumberGenerator.GetHexString(40)), default);

        Assert.Equal(ControlFailureKind.Refused, refused.Failure!.Kind);
    }

    [Theory]
    [InlineData("brief")]
    [InlineData("password1")]
    public async Task SecretsAdd_ShortOrWeakValue_IsRefusedWithTheReasonAndWithoutTheValue(string value)
    {
        await using var client = await OpenAsync();

        var refused = await client.CallAsync(ControlOperations.SecretsAdd, Adding("weak", value), default);

        Assert.DoesNotContain(value, refused.Failure!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SecretsImport_DotEnvFile_TakesSecretsAndNamesWhatItLeavesOut()
    {
        var value = RandomNumberGenerator.GetHexString(40);
        await using var client = await OpenAsync();

        var imported = await client.CallAsync(
            ControlOperations.SecretsImport,
            new ImportRequest(Encoding.UTF8.GetBytes($"# settings\nexport API_KEY=\"{value}\"\nPORT=8080\nnonsense\n"), "shop.", Weak: false),
            default);

        Assert.Collection(
            imported.Value!.Lines,
            line => Assert.Equal(("shop.API_KEY", null), (line.Name, line.Error)),
            line => Assert.Equal(("shop.PORT", 3), (line.Name, line.Line)),
            line => Assert.Equal((4, "no KEY=VALUE"), (line.Line, line.Error)));
    }

    [Fact]
    public async Task Bind_UnknownPlace_IsRefused()
    {
        await using var client = await OpenAsync();
        var request = new BindRequest("x", "api.example.com", 443, "cookie", "k", "{}", [], null, null, 1);

        var refused = await client.CallAsync(ControlOperations.SecretsBind, request, default);

        Assert.Equal(ControlFailureKind.Malformed, refused.Failure!.Kind);
    }

    [Fact]
    public async Task Backup_RestoredElsewhere_OpensTheSameVault()
    {
        var file = _folder["backup.tar.gz"];
        await using (var client = await OpenAsync())
        {
            await client.CallAsync(ControlOperations.SecretsAdd, Adding("github", RandomNumberGenerator.GetHexString(40)), default);
            Assert.Null((await client.CallAsync(ControlOperations.Backup, new BackupRequest(file), default)).Failure);
            Assert.NotNull((await client.CallAsync(ControlOperations.Backup, new BackupRequest(file), default)).Failure);
        }

        Assert.True(PrivateFile.IsPrivate(file));
        var restored = new FirewallHome(_folder["restored"]);
        Assert.Null(restored.Prepare());
        Assert.Null(BackupArchive.Restore(restored, file));
        Assert.NotNull(BackupArchive.Restore(restored, file));

        var (opened, problem) = await ControlAccess.OpenAsync(restored, TimeProvider.System, default);
        Assert.True(opened is not null, problem);
        await using (opened)
        {
            Assert.Single((await opened!.CallAsync(ControlOperations.SecretsList, NoContent.Instance, default)).Value!.Secrets);
        }
    }

    [Fact]
    public async Task Open_MasterKeyLost_SaysSoAndMakesNoNewOne()
    {
        await (await OpenAsync()).DisposeAsync();
        File.Delete(_home.MasterKey);

        var (client, problem) = await ControlAccess.OpenAsync(_home, TimeProvider.System, default);

        Assert.Null(client);
        Assert.Contains("master key", problem, StringComparison.Ordinal);
        Assert.False(File.Exists(_home.MasterKey));
    }

    [Fact]
    public async Task Dispatch_UnknownOperation_IsRefused() =>
        Assert.False((await new ControlDispatcher().DispatchAsync("vault.dump", "{}"u8.ToArray(), default)).Done);

    [Fact]
    public void ControlSocketPath_LongHome_LiesInAPrivateFolderElsewhere()
    {
        var home = new FirewallHome(_folder[new string('h', 120)]);
        Assert.Null(home.Prepare());

        var path = ControlSocketPath.Prepare(home);

        Assert.True(path.Length < 100);
        Assert.Equal(path, ControlSocketPath.Find(home));
        Assert.True(PrivateFile.IsPrivate(Path.GetDirectoryName(path)!));
        ControlSocketPath.Forget(home);
        Assert.False(Directory.Exists(Path.GetDirectoryName(path)));
    }

    private static AddSecretRequest Adding(string name, string value) => new(name, Encoding.UTF8.GetBytes(value), Weak: false, Replace: false);

    private async Task<ControlClient> OpenAsync()
    {
        var (client, problem) = await ControlAccess.OpenAsync(_home, TimeProvider.System, default);
        Assert.True(client is not null, problem);
        return client!;
    }
}
