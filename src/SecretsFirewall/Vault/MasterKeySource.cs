using System.Buffers.Text;
using System.ComponentModel;
using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;

namespace SecretsFirewall.Vault;

/// <summary>Reads the master key from its file, the environment or a command. No source ever shows it.</summary>
internal static class MasterKeySource
{
    public const string Variable = "SFW_MASTER_KEY";

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private const UnixFileMode Others =
        UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    // Base64 of 32 bytes is 44 characters; the rest is room for blanks and a line end.
    private const int MaxTextBytes = 256;

    /// <summary>True if the key comes from the file, which then may have to be made.</summary>
    public static bool UsesFile(MasterKeyOptions options) =>
        options.Command is null && Environment.GetEnvironmentVariable(Variable) is null;

    public static MasterKey? Load(MasterKeyOptions options, out MasterKeyError error)
    {
        if (options.Command is not null)
        {
            return FromCommand(options.Command, options.CommandTimeout, out error);
        }

        return Environment.GetEnvironmentVariable(Variable) is { } text ? FromText(text, out error) : FromFile(options.File, out error);
    }

    /// <summary>Makes a new key in a new file of mode 0600; a crash on the way leaves no half a key under that name.</summary>
    public static MasterKeyError CreateFile(string path)
    {
        if (File.Exists(path))
        {
            return MasterKeyError.FileExists;
        }

        Span<byte> key = stackalloc byte[MasterKey.Length];
        Span<byte> text = stackalloc byte[Base64.GetMaxEncodedToUtf8Length(MasterKey.Length) + 1];
        RandomNumberGenerator.Fill(key);
        Base64.EncodeToUtf8(key, text, out _, out var written);
        text[written] = (byte)'\n';
        var unfinished = path + ".new";
        try
        {
            File.Delete(unfinished);
            using (var file = new FileStream(unfinished, NewOwnerOnlyFile()))
            {
                file.Write(text);
                file.Flush(flushToDisk: true);
            }

            File.Move(unfinished, path, overwrite: false);
            return MasterKeyError.None;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return MasterKeyError.FileUnreadable;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
            CryptographicOperations.ZeroMemory(text);
        }
    }

    public static MasterKey? FromFile(string path, out MasterKeyError error)
    {
        var buffer = new byte[MaxTextBytes];
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
            if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(file.SafeFileHandle) & Others) != 0)
            {
                error = MasterKeyError.FileModeTooWide;
                return null;
            }

            return FromUtf8(buffer.AsSpan(0, file.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false)), out error);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            error = MasterKeyError.FileMissing;
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            error = MasterKeyError.FileUnreadable;
            return null;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(buffer);
        }
    }

    public static MasterKey? FromText(string text, out MasterKeyError error)
    {
        var utf8 = Encoding.UTF8.GetBytes(text);
        try
        {
            return FromUtf8(utf8, out error);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(utf8);
        }
    }

    /// <summary>Runs the command with the shell; its error output goes to ours, so that a keychain can say what it wants.</summary>
    public static MasterKey? FromCommand(string command, TimeSpan timeout, out MasterKeyError error)
    {
        var start = OperatingSystem.IsWindows()
            ? new ProcessStartInfo("cmd.exe", ["/d", "/c", command])
            : new ProcessStartInfo("/bin/sh", ["-c", command]);
        start.RedirectStandardOutput = true;
        var buffer = new byte[MaxTextBytes];
        try
        {
            using var process = Process.Start(start) ?? throw new UnreachableException("A process that is not shell-executed always starts anew.");
            var read = process.StandardOutput.BaseStream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false).AsTask();
            if (!read.Wait(timeout) || !process.WaitForExit(timeout))
            {
                process.Kill(entireProcessTree: true);
                error = MasterKeyError.CommandTimedOut;
                return null;
            }

            if (process.ExitCode != 0)
            {
                error = MasterKeyError.CommandFailed;
                return null;
            }

            return FromUtf8(buffer.AsSpan(0, read.Result), out error);
        }
        catch (Win32Exception)
        {
            error = MasterKeyError.CommandFailed;
            return null;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(buffer);
        }
    }

    private static MasterKey? FromUtf8(ReadOnlySpan<byte> text, out MasterKeyError error)
    {
        Span<byte> key = stackalloc byte[MaxTextBytes];
        var decoded = Base64.DecodeFromUtf8(text.Trim(" \t\r\n"u8), key, out _, out var written);
        var valid = decoded == System.Buffers.OperationStatus.Done && written == MasterKey.Length;
        error = valid ? MasterKeyError.None : MasterKeyError.NotAKey;
        var master = valid ? MasterKey.Create(key[..written]) : null;
        CryptographicOperations.ZeroMemory(key);
        return master;
    }

    private static FileStreamOptions NewOwnerOnlyFile()
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = OwnerOnly;
        }

        return options;
    }
}
