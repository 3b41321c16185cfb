namespace SecretsFirewall.Inspection.Redaction;

/// <summary>
/// How soon text that waits is searched again. With every chunk, or it would wait longer than it has to. A stream that comes in drops and never closes
/// what it opens would make that quadratic: where it has cost too much already, what waits is searched again when an eighth more has come.
/// </summary>
internal struct SearchBudget
{
    private const long Free = 4L << 20;
    private const int PerByte = 16;

    // An ordinary token waits less than this, and is never held up.
    private const int LongWait = 4 * 1024;

    // Bytes that were searched and had to wait, each as often as it was.
    private long _searchedInVain;

    /// <summary>Call after each search.</summary>
    /// <param name="kept">Bytes that are kept, of which <paramref name="waiting"/> wait.</param>
    /// <param name="bytesIn">How long the stream is so far.</param>
    /// <returns>How many bytes must be kept before they are searched again; 0 if any number is enough.</returns>
    public int NextSearch(int kept, int waiting, long bytesIn)
    {
        _searchedInVain += waiting;
        return waiting > LongWait && _searchedInVain > Free + (PerByte * bytesIn) ? kept + (waiting / 8) : 0;
    }
}
