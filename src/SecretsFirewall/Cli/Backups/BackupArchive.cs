using System.Formats.Tar;
using System.IO.Compression;
using SecretsFirewall.Storage;

namespace SecretsFirewall.Cli.Backups;

/// <summary>
/// A backup: one <c>.tar.gz</c> of mode 0600 with the database (a consistent copy), the keys, the CA, the configuration and the policies.
/// It opens the vault by itself, so it is kept like a key. The audit chain and the logs are not in it: they are evidence, and grow.
/// </summary>
internal static class BackupArchive
{
    private const UnixFileMode FileMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private const string DatabaseEntry = "firewall.db";

    /// <summary>What a backup holds beside the database; folders with everything below them.</summary>
    private static readonly string[] Parts = ["config.json", "ca/ca.pem", "ca/ca.key", "ca/agents", "keys", "policies"];

    /// <summary>Null if it was written, else what stands in the way. An existing file is never overwritten.</summary>
    public static string? Write(Installation installation, string path)
    {
        if (File.Exists(path))
        {
            return $"{path} exists; a backup never overwrites a file.";
        }

        var copy = Path.Combine(installation.Home.Root, $"backup.{Guid.NewGuid():n}.db");
        try
        {
            var error = installation.Store.Backup(copy);
            if (error != StoreError.None)
            {
                return error.Sentence();
            }

            using var file = PrivateFile.Create(path);
            using var gzip = new GZipStream(file, CompressionLevel.SmallestSize);
            using var tar = new TarWriter(gzip, TarEntryFormat.Pax);
            Add(tar, copy, DatabaseEntry);
            foreach (var part in Parts)
            {
                AddPart(tar, installation.Home.Root, part);
            }

            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"{path} cannot be written: {e.Message}";
        }
        finally
        {
            File.Delete(copy);
        }
    }

    /// <summary>Null if everything was restored into the home, which held nothing of an installation before.</summary>
    public static string? Restore(FirewallHome home, string path)
    {
        if (File.Exists(home.Database) || File.Exists(home.CaKey) || File.Exists(home.MasterKey))
        {
            return $"The home {home.Root} holds an installation already. Restore into an empty one: sfw restore FILE --home DIRECTORY";
        }

        try
        {
            using var file = File.OpenRead(path);
            using var gzip = new GZipStream(file, CompressionMode.Decompress);
            using var tar = new TarReader(gzip);
            var restored = 0;
            while (tar.GetNextEntry() is { } entry)
            {
                if (Target(home, entry) is not { } target)
                {
                    return $"{path} is no backup of this program: it holds an entry that no backup has. Nothing after that entry was restored.";
                }

                Extract(entry, target);
                restored++;
            }

            return restored > 0 && File.Exists(home.Database) ? null : $"{path} holds no database: it is no backup of this program.";
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException)
        {
            return $"{path} is damaged or no backup of this program.";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"{path} cannot be restored: {e.Message}";
        }
    }

    private static void AddPart(TarWriter tar, string root, string part)
    {
        var full = Path.Combine(root, part);
        if (File.Exists(full))
        {
            Add(tar, full, part);
        }
        else if (Directory.Exists(full))
        {
            foreach (var file in Directory.EnumerateFiles(full, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
            {
                Add(tar, file, Path.GetRelativePath(root, file).Replace(Path.DirectorySeparatorChar, '/'));
            }
        }
    }

    private static void Add(TarWriter tar, string file, string name)
    {
        using var content = File.OpenRead(file);
        tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, name) { Mode = FileMode, DataStream = content });
    }

    /// <summary>Where an entry belongs; null for whatever no backup holds: links, folders, absolute names, and names that lead out of the home.</summary>
    private static string? Target(FirewallHome home, TarEntry entry)
    {
        var name = entry.Name;
        var known = name == DatabaseEntry || Parts.Any(p => name == p || name.StartsWith(p + "/", StringComparison.Ordinal));
        var plain = name.Split('/').All(segment => segment is not ("" or "." or "..")) && !name.Contains('\\', StringComparison.Ordinal);
        return known && plain && entry.EntryType == TarEntryType.RegularFile
            ? Path.Combine(home.Root, Path.Combine(name.Split('/')))
            : null;
    }

    private static void Extract(TarEntry entry, string target)
    {
        CreateDirectories(Path.GetDirectoryName(target)!);
        using var file = PrivateFile.Create(target);
        entry.DataStream?.CopyTo(file);
    }

    private static void CreateDirectories(string path)
    {
        if (!Directory.Exists(path))
        {
            CreateDirectories(Path.GetDirectoryName(path)!);
            PrivateFile.CreateDirectory(path);
        }
    }
}
