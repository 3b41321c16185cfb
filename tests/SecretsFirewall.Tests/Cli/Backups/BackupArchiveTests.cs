using System.Formats.Tar;
using System.IO.Compression;
using System.Text;
using SecretsFirewall.Cli;
using SecretsFirewall.Cli.Backups;

namespace SecretsFirewall.Tests.Cli.Backups;

public sealed class BackupArchiveTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("../escaped", TarEntryType.RegularFile)]
    [InlineData("keys/../../escaped", TarEntryType.RegularFile)]
    [InlineData("/tmp/escaped", TarEntryType.RegularFile)]
    [InlineData("keys//escaped", TarEntryType.RegularFile)]
    [InlineData("control.sock", TarEntryType.RegularFile)]
    [InlineData("keys/master.key", TarEntryType.SymbolicLink)]
    public void Restore_EntryThatNoBackupHas_IsRefusedAndWritesNothing(string name, TarEntryType type)
    {
        var archive = _folder["archive.tar.gz"];
        WriteArchive(archive, name, type);
        var home = new FirewallHome(_folder["home"]);
        Assert.Null(home.Prepare());

        var problem = BackupArchive.Restore(home, archive);

        Assert.Contains("no backup", problem, StringComparison.Ordinal);
        Assert.Equal([archive], Directory.EnumerateFiles(_folder.Path, "*", SearchOption.AllDirectories));
    }

    [Fact]
    public void Restore_FileThatIsNoArchive_IsRefused()
    {
        File.WriteAllText(_folder["text"], "not an archive");
        var home = new FirewallHome(_folder["home"]);
        Assert.Null(home.Prepare());

        Assert.Contains("damaged or no backup", BackupArchive.Restore(home, _folder["text"]), StringComparison.Ordinal);
    }

    private static void WriteArchive(string path, string name, TarEntryType type)
    {
        using var file = File.Create(path);
        using var gzip = new GZipStream(file, CompressionLevel.Fastest);
        using var tar = new TarWriter(gzip, TarEntryFormat.Pax);
        var entry = new PaxTarEntry(type, name);
        if (type == TarEntryType.SymbolicLink)
        {
            entry.LinkName = "/etc/passwd";
        }
        else
        {
            entry.DataStream = new MemoryStream(Encoding.ASCII.GetBytes("content"));
        }

        tar.WriteEntry(entry);
    }
}
