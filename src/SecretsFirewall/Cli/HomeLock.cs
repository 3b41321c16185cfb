using System.Globalization;

namespace SecretsFirewall.Cli;

/// <summary>Who holds a home.</summary>
internal sealed record LockHolder(int ProcessId, DateTimeOffset Since);

/// <summary>
/// The right to be the one process that owns a home. It is a lock on an open file (<c>flock</c>), which the kernel releases when the
/// process ends in whatever way: a lock can never be left behind. Beside it lies a note that says whose it is.
/// </summary>
internal sealed class HomeLock : IDisposable
{
    private readonly FileStream _file;
    private readonly string _note;

    private HomeLock(FileStream file, string note)
    {
        _file = file;
        _note = note;
    }

    /// <summary>Null if another process holds the home; <see cref="Holder"/> then says which, as far as it is known.</summary>
    public static HomeLock? TryTake(FirewallHome home, TimeProvider time)
    {
        FileStream file;
        try
        {
            file = PrivateFile.OpenExclusively(home.LockFile);
        }
        catch (IOException)
        {
            return null;
        }

        PrivateFile.Write(home.LockHolderFile, string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessId} {time.GetUtcNow():O}\n"));
        return new HomeLock(file, home.LockHolderFile);
    }

    public static LockHolder? Holder(FirewallHome home)
    {
        string[] words;
        try
        {
            words = File.ReadAllText(home.LockHolderFile).Split(' ', StringSplitOptions.TrimEntries);
        }
        catch (IOException)
        {
            return null;
        }

        return words.Length == 2
            && int.TryParse(words[0], NumberStyles.None, CultureInfo.InvariantCulture, out var id)
            && DateTimeOffset.TryParse(words[1], CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind, out var since)
            ? new LockHolder(id, since)
            : null;
    }

    /// <summary>What a command says when it needs the home and another process has it.</summary>
    public static string Refusal(FirewallHome home) => Holder(home) is { } holder
        ? string.Create(
            CultureInfo.InvariantCulture,
            $"The home {home.Root} belongs to process {holder.ProcessId}, which runs since {holder.Since:yyyy-MM-dd HH:mm:ss} UTC. See it with `sfw status`, stop it, or use another home with --home.")
        : $"The home {home.Root} is held by another process. See it with `sfw status`, stop it, or use another home with --home.";

    public void Dispose()
    {
        File.Delete(_note);
        _file.Dispose();
    }
}
