namespace SecretsFirewall.Inspection.Detection.Encodings;

/// <summary>What looks for secrets in a text as it stands. The encoded search asks it about each decoded view.</summary>
internal interface IPlainSearch
{
    /// <summary>The longest text that is one finding, in bytes: how far an open one may reach.</summary>
    int LongestForm { get; }

    /// <summary>The same, of registered values in their forms.</summary>
    int LongestValue { get; }

    /// <summary>Replaces the content of <paramref name="into"/> by what stands plainly in <paramref name="text"/>: sorted, no two overlapping.</summary>
    void FindPlain(ReadOnlySpan<byte> text, List<Detection> into);

    /// <summary>The same, of a text that may go on, and what <see cref="EarliestOpenPlain"/> says of it.</summary>
    int FindPlain(ReadOnlySpan<byte> text, int limit, ViewOrigin origin, List<Detection> into);

    /// <summary>The smallest position before <paramref name="limit"/> from which more plain bytes could complete something; else the limit.</summary>
    /// <param name="scratch">Loses its content.</param>
    int EarliestOpenPlain(ReadOnlySpan<byte> text, int limit, List<Detection> scratch);

    /// <summary>The same for registered values alone.</summary>
    int EarliestOpenValue(ReadOnlySpan<byte> text, int limit);
}
