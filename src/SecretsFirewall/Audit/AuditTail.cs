namespace SecretsFirewall.Audit;

/// <summary>Where a segment's last whole record ends.</summary>
/// <param name="Length">Bytes up to and with its line feed; 0 if there is none.</param>
/// <param name="Last">The record, or null.</param>
internal readonly record struct AuditTail(long Length, AuditEntry? Last)
{
    // Most records are below 1 KiB; a path may take 32.
    private const int FirstWindow = 256 * 1024;

    /// <summary>Looks from the end backwards for a line that ends and whose hash is right. A crash can leave half a line, or blocks of zeros.</summary>
    public static AuditTail Find(FileStream segment)
    {
        for (var window = FirstWindow; ; window *= 2)
        {
            var start = Math.Max(0, segment.Length - window);
            var bytes = new byte[segment.Length - start];
            segment.Seek(start, SeekOrigin.Begin);
            segment.ReadExactly(bytes);
            if (FindIn(bytes, isWholeFile: start == 0) is { } found)
            {
                return found with { Length = found.Last is null ? 0 : start + found.Length };
            }
        }
    }

    // Null if the answer lies before the window.
    private static AuditTail? FindIn(ReadOnlyMemory<byte> bytes, bool isWholeFile)
    {
        using var scratch = new CanonicalJsonWriter();
        var end = bytes.Span.LastIndexOf((byte)'\n');
        while (end >= 0)
        {
            var before = bytes.Span[..end].LastIndexOf((byte)'\n');
            if (before < 0 && !isWholeFile)
            {
                return null;
            }

            if (AuditEntry.Read(bytes[(before + 1)..end], scratch, out var entry) == AuditBreakReason.None)
            {
                return new AuditTail(end + 1, entry);
            }

            end = before;
        }

        return isWholeFile ? new AuditTail(0, null) : null;
    }
}
