namespace SecretsFirewall.Cli.Traces;

/// <summary>A step of one session beside the step of the other that does the same; null where the other has none.</summary>
internal sealed record TracePair(TraceStep? First, TraceStep? Second)
{
    /// <summary>Both do it, and it was granted otherwise, or came out otherwise.</summary>
    public bool Differs => First is not null && Second is not null && (First.Granted != Second.Granted || First.What != Second.What);

    /// <summary>As in a diff of texts; <c>~</c> for what <see cref="Differs"/>.</summary>
    public char Mark => First is null ? '+' : Second is null ? '-' : Differs ? '~' : ' ';
}

/// <summary>Aligns the steps of two sessions: the longest common subsequence of what they do.</summary>
internal static class TraceDiff
{
    /// <summary>The table of the alignment grows with the product: 4 million cells.</summary>
    public const int MostSteps = 2000;

    public static IReadOnlyList<TracePair> Of(IReadOnlyList<TraceStep> first, IReadOnlyList<TraceStep> second)
    {
        var a = first.Select(static step => step.Signature).ToArray();
        var b = second.Select(static step => step.Signature).ToArray();
        var common = new int[a.Length + 1, b.Length + 1];
        for (var i = a.Length - 1; i >= 0; i--)
        {
            for (var j = b.Length - 1; j >= 0; j--)
            {
                common[i, j] = a[i] == b[j] ? common[i + 1, j + 1] + 1 : Math.Max(common[i + 1, j], common[i, j + 1]);
            }
        }

        var pairs = new List<TracePair>();
        int x = 0, y = 0;
        while (x < a.Length || y < b.Length)
        {
            var pair = x < a.Length && y < b.Length && a[x] == b[y] ? new TracePair(first[x], second[y])
                : y == b.Length || (x < a.Length && common[x + 1, y] >= common[x, y + 1]) ? new TracePair(first[x], null)
                : new TracePair(null, second[y]);
            x += pair.First is null ? 0 : 1;
            y += pair.Second is null ? 0 : 1;
            pairs.Add(pair);
        }

        return pairs;
    }
}
