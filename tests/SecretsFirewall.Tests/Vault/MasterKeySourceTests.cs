using System.Runtime.Versioning;
using System.Security.Cryptography;
using SecretsFirewall.Vault;

namespace SecretsFirewall.Tests.Vault;

[UnsupportedOSPlatform("windows")]
public sealed class MasterKeySourceTests : IDisposable
{
    private readonly TempFolder _folder = new();

    private string KeyFile => _folder["master.key"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void CreateFile_NewKey_IsForTheOwnerAloneAndReadsBack()
    {
        Assert.Equal(MasterKeyError.None, MasterKeySource.CreateFile(KeyFile));

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(KeyFile));
        using var key = MasterKeySource.FromFile(KeyFile, out var error);
        Assert.Equal(MasterKeyError.None, error);
        Assert.NotNull(key);
        Assert.Equal([KeyFile], Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public void CreateFile_Existing_IsNeverOverwritten()
    {
        MasterKeySource.CreateFile(KeyFile);
        var before = File.ReadAllText(KeyFile);

        Assert.Equal(MasterKeyError.FileExists, MasterKeySource.CreateFile(KeyFile));
        Assert.Equal(before, File.ReadAllText(KeyFile));
    }

    [Fact]
    public void CreateFile_NoFolder_IsRefused() =>
        Assert.Equal(MasterKeyError.FileUnreadable, MasterKeySource.CreateFile(_folder["none/master.key"]));

    [Theory]
    [InlineData(UnixFileMode.GroupRead)]
    [InlineData(UnixFileMode.OtherRead)]
    [InlineData(UnixFileMode.GroupWrite)]
    [InlineData(UnixFileMode.OtherExecute)]
    public void FromFile_RightsForOthers_IsRefused(UnixFileMode right)
    {
        MasterKeySource.CreateFile(KeyFile);
        File.SetUnixFileMode(KeyFile, File.GetUnixFileMode(KeyFile) | right);

        Assert.Null(MasterKeySource.FromFile(KeyFile, out var error));
        Assert.Equal(MasterKeyError.FileModeTooWide, error);
    }

    [Fact]
    public void FromFile_Missing_IsRefused()
    {
        Assert.Null(MasterKeySource.FromFile(KeyFile, out var error));
        Assert.Equal(MasterKeyError.FileMissing, error);
        Assert.Null(MasterKeySource.FromFile(_folder["none/master.key"], out error));
        Assert.Equal(MasterKeyError.FileMissing, error);
    }

    [Fact]
    public void FromFile_Folder_IsRefused()
    {
        Assert.Null(MasterKeySource.FromFile(_folder.Path, out var error));
        Assert.Equal(MasterKeyError.FileUnreadable, error);
    }

    [Theory]
    [InlineData("")]
    [InlineData("not base64!")]
    [InlineData("AAAA")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    public void FromText_NotThirtyTwoBytes_IsRefused(string text)
    {
        Assert.Null(MasterKeySource.FromText(text, out var error));
        Assert.Equal(MasterKeyError.NotAKey, error);
    }

    [Fact]
    public void FromText_Key_OpensWhatItWrapped()
    {
        var text = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));
        using var one = MasterKeySource.FromText(text, out _);
        using var two = MasterKeySource.FromText($"  {text}\n", out _);
        var plain = new byte[16];

        Assert.True(two!.TryUnwrap(one!.Wrap(new byte[16], "context"u8), "context"u8, plain));
        Assert.False(two.TryUnwrap(one.Wrap(new byte[16], "context"u8), "other"u8, plain));
    }

    [Fact]
    public void FromCommand_PrintedKey_IsTaken()
    {
        MasterKeySource.CreateFile(KeyFile);

        using var key = MasterKeySource.FromCommand($"cat '{KeyFile}'", TimeSpan.FromSeconds(30), out var error);

        Assert.Equal(MasterKeyError.None, error);
        Assert.NotNull(key);
    }

    [Theory]
    [InlineData("exit 3")]
    [InlineData("echo AAAA; exit 1")]
    [InlineData("/no/such/program")]
    public void FromCommand_Fails_IsRefused(string command)
    {
        Assert.Null(MasterKeySource.FromCommand(command + " 2>/dev/null", TimeSpan.FromSeconds(30), out var error));
        Assert.Equal(MasterKeyError.CommandFailed, error);
    }

    [Fact]
    public void FromCommand_PrintsSomethingElse_IsRefused()
    {
        Assert.Null(MasterKeySource.FromCommand("echo hello", TimeSpan.FromSeconds(30), out var error));
        Assert.Equal(MasterKeyError.NotAKey, error);
    }

    [Fact]
    public void FromCommand_DoesNotEnd_IsRefused()
    {
        Assert.Null(MasterKeySource.FromCommand("sleep 60", TimeSpan.FromMilliseconds(100), out var error));
        Assert.Equal(MasterKeyError.CommandTimedOut, error);
    }

    [Fact]
    public void Load_Command_GoesBeforeTheFile()
    {
        MasterKeySource.CreateFile(KeyFile);

        Assert.Null(MasterKeySource.Load(new MasterKeyOptions { File = KeyFile, Command = "exit 1" }, out var error));
        Assert.Equal(MasterKeyError.CommandFailed, error);
        Assert.False(MasterKeySource.UsesFile(new MasterKeyOptions { File = KeyFile, Command = "exit 1" }));
    }

    [Fact]
    public void Load_File_IsUsedWhereNothingElseIsSet()
    {
        MasterKeySource.CreateFile(KeyFile);

        using var key = MasterKeySource.Load(new MasterKeyOptions { File = KeyFile }, out _);

        Assert.NotNull(key);
        Assert.True(MasterKeySource.UsesFile(new MasterKeyOptions { File = KeyFile }));
    }

    [Fact]
    public void Create_OtherLength_IsABug() => Assert.Throws<ArgumentException>(static () => MasterKey.Create(new byte[31]));

    [Fact]
    public void Errors_All_HaveASentence() => Assert.All(Enum.GetValues<MasterKeyError>(), static error => Assert.NotEmpty(error.Sentence()));
}
