namespace SecretsFirewall.Audit;

/// <summary>Where a chain goes on.</summary>
/// <param name="Segment">Open, and at its end.</param>
/// <param name="Last">The last whole record, in this segment or an earlier one; null in a new chain.</param>
/// <param name="Repairs">What was put aside, a sentence each.</param>
internal sealed record AuditChainEnd(FileStream Segment, int SegmentNumber, AuditEntry? Last, IReadOnlyList<string> Repairs)
{
    /// <summary>
    /// Finds the end, and cuts off what is behind the last whole record: <c>1</c> from the newest segment backwards, <c>2</c> find its last
    /// whole record, <c>3</c> copy what follows aside and sync it, <c>4</c> cut it off; stop at the first segment that has a record. Then
    /// <c>5</c> open the newest again. A crash between any two steps leaves a state from which the same steps lead to the same end.
    /// </summary>
    /// <exception cref="IOException">A file or the folder cannot be used.</exception>
    /// <exception cref="UnauthorizedAccessException">A file or the folder may not be used.</exception>
    public static AuditChainEnd Find(string directory, Func<string, FileStream> openSegment)
    {
        AuditSegments.CreateFolder(directory);
        var numbers = AuditSegments.List(directory);
        var repairs = new List<string>();
        AuditEntry? last = null;
        for (var i = numbers.Count - 1; i >= 0 && last is null; i--)    // :: Step 1
        {
            using var segment = openSegment(AuditSegments.Path(directory, numbers[i]));
            last = Repair(segment, repairs);
        }

        var newest = numbers.Count == 0 ? 1 : numbers[^1];
        return new AuditChainEnd(openSegment(AuditSegments.Path(directory, newest)), newest, last, repairs);    // :: Step 5
    }

    private static AuditEntry? Repair(FileStream segment, List<string> repairs)
    {
        var tail = AuditTail.Find(segment);                             // :: Step 2
        var torn = segment.Length - tail.Length;
        if (torn > 0)
        {
            var bytes = new byte[torn];
            segment.Seek(tail.Length, SeekOrigin.Begin);
            segment.ReadExactly(bytes);
            var aside = AuditSegments.PutAside(segment.Name, bytes);    // :: Step 3
            segment.SetLength(tail.Length);                             // :: Step 4
            segment.Flush(flushToDisk: true);
            repairs.Add($"{torn} bytes after the last whole record of {Path.GetFileName(segment.Name)} were moved to {aside}.");
        }

        return tail.Last;
    }
}
