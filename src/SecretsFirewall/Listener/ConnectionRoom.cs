namespace SecretsFirewall.Listener;

/// <summary>
/// How many connections this process can hold. Beyond it a new one is answered 503 instead of taking the last file descriptor: without one, nothing
/// can be accepted, connected or written, and a server that cannot accept tries again and again.
/// </summary>
internal sealed class ConnectionRoom(int most)
{
    // What the process needs for itself. It was seen to hold some 210: the runtime keeps each of its libraries open.
    private const int OwnFiles = 320;

    // Accepted, answered and closed while there is no room.
    private const int ToAnswer = 64;

    private const int Least = 16;

    private int _open;
    private long _refused;

    public int Most => most;

    /// <summary>Beyond this none is accepted until one has closed.</summary>
    public int MostAccepted => most > int.MaxValue - ToAnswer ? int.MaxValue : most + ToAnswer;

    /// <summary>How often there was none.</summary>
    public long Refused => Interlocked.Read(ref _refused);

    /// <summary>Room for as many connections as <paramref name="files"/> open files allow: each takes one here and, most often, one upstream.</summary>
    /// <param name="files">Null where the system does not say.</param>
    public static ConnectionRoom Within(long? files) =>
        new(files is null ? int.MaxValue : (int)Math.Clamp((files.Value - OwnFiles - ToAnswer) / 2, Least, int.MaxValue));

    /// <summary>Whether the connection may stay; if not, it is answered and closed. <see cref="Leave"/> follows in any case.</summary>
    public bool Enter()
    {
        if (Interlocked.Increment(ref _open) <= most)
        {
            return true;
        }

        Interlocked.Increment(ref _refused);
        return false;
    }

    public void Leave() => Interlocked.Decrement(ref _open);
}
