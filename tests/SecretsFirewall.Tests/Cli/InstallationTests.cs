using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using SecretsFirewall.Cli;
using SecretsFirewall.Interception;
using SecretsFirewall.Model;
using SecretsFirewall.Vault;

namespace SecretsFirewall.Tests.Cli;

/// <summary>What a damaged home says when it is opened: a sentence that names the file, and nothing is deleted or made anew.</summary>
public sealed class InstallationTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly FakeTime _time = new();
    private readonly FirewallHome _home;

    public InstallationTests() => _home = new FirewallHome(_folder["home"]);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void TryOpen_SecondTime_FindsWhatTheFirstMade()
    {
        Create();
        using var again = Open(out _);
        Assert.True(again!.Vault.Exists(SecretName.Create("kept")));
    }

    [Fact]
    public void TryOpen_ExpiredAuthority_IsRefusedAndSaysHowToRenew()
    {
        Create();
        _time.Advance(TimeSpan.FromDays(731));
        Refused(_home.CaCertificate, "has expired", "sfw ca renew");
    }

    [Fact]
    public void TryOpen_AuthorityOfAnotherKey_IsRefused()
    {
        Create();
        File.WriteAllText(_home.CaKey, CertificateAuthority.Create(_time).KeyPem);
        Refused(_home.CaCertificate);
    }

    [Fact]
    public void TryOpen_OverwrittenStore_IsRefusedAndLeftAsItIs()
    {
        Create();
        var garbage = Encoding.ASCII.GetBytes(new string('x', 8192));
        File.WriteAllBytes(_home.Database, garbage);
        Refused(_home.Database);
        Assert.Equal(garbage, File.ReadAllBytes(_home.Database));
    }

    [Fact]
    public void TryOpen_AnotherMasterKey_IsRefused()
    {
        Create();
        File.Delete(_home.MasterKey);
        Assert.Equal(MasterKeyError.None, MasterKeySource.CreateFile(_home.MasterKey));
        Refused(_home.Database, "vault");
    }

    [Fact]
    public void TryOpen_MasterKeyGone_IsRefusedAndNoOtherIsMade()
    {
        Create();
        File.Delete(_home.MasterKey);
        Refused(_home.MasterKey, "Restore the key");
        Assert.False(File.Exists(_home.MasterKey));
    }

    [Fact]
    public void TryOpen_MasterKeyThatOthersMayRead_IsRefused()
    {
        Create();
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(_home.MasterKey, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);
            Refused(_home.MasterKey);
        }
    }

    [Fact]
    public void TryOpen_DamagedInstallKey_IsRefused()
    {
        Create();
        File.WriteAllText(_home.InstallKey, "not a key");
        Refused(_home.InstallKey);
    }

    [Fact]
    public void TryOpen_FileInPlaceOfTheHome_IsRefusedAndNamesAnotherWay()
    {
        File.WriteAllText(_home.Root, "");
        Refused(_home.Root, "--home");
    }

    [Fact]
    public void TryOpen_AuthorityOfAnAgent_IsTheOneThatItGets()
    {
        Create();
        Installation.CreateAuthority(_home.AuthorityOf("a.b-c"), _time, NameConstraints.For(["a.example"]));
        using var installation = Open(out _);
        Assert.Equal(["a.example"], installation!.Authorities.For("a.b-c").Constraints!.Domains);
        Assert.Same(installation.Authority, installation.Authorities.For("another"));
        Assert.Null(installation.Authority.Constraints);
    }

    [Fact]
    public void TryOpen_DamagedAuthorityOfAnAgent_IsRefusedAndNotReplacedByTheInstallations()
    {
        Create();
        Installation.CreateAuthority(_home.AuthorityOf("builder"), _time, NameConstraints.For(["a.example"]));
        File.WriteAllText(_home.AuthorityOf("builder").Key, CertificateAuthority.Create(_time).KeyPem);
        Refused(_home.AuthorityOf("builder").Certificate, "sfw ca renew --agent builder");
    }

    [Fact]
    public void TryOpen_KeyOfAnAgentsAuthorityThatOthersMayRead_IsRefused()
    {
        Create();
        Installation.CreateAuthority(_home.AuthorityOf("builder"), _time, NameConstraints.For(["a.example"]));
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_home.AuthorityOf("builder").Key));
            File.SetUnixFileMode(_home.AuthorityOf("builder").Key, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);
            Refused(_home.AuthorityOf("builder").Key);
        }
    }

    private void Create()
    {
        using var installation = Open(out var problem);
        Assert.True(installation is not null, problem);
        Assert.Equal(VaultError.None, installation.Vault.Add(SecretName.Create("kept"), Encoding.ASCII.GetBytes($"not-real-{Guid.NewGuid():N}"), weak: false));
    }

    private Installation? Open(out string problem) =>
        Installation.TryOpen(_home, new InterceptionOptions(), _time, NullLoggerFactory.Instance, out problem);

    private void Refused(params string[] words)
    {
        using var installation = Open(out var problem);
        Assert.Null(installation);
        foreach (var word in words)
        {
            Assert.Contains(word, problem, StringComparison.Ordinal);
        }
    }
}
