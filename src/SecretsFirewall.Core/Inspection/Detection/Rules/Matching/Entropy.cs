namespace SecretsFirewall.Inspection.Detection.Rules.Matching;

/// <summary>Shannon's entropy of the bytes of a text by themselves. It is at most the logarithm of the length: 10 characters have at most 3.3 bits each.</summary>
internal static class Entropy
{
    public static double BitsPerByte(ReadOnlySpan<byte> text)
    {
        Span<int> counts = stackalloc int[256];
        counts.Clear();
        foreach (var b in text)
        {
            counts[b]++;
        }

        var sum = 0.0;
        foreach (var count in counts)
        {
            sum += count == 0 ? 0 : count * Math.Log2(count);
        }

        return text.IsEmpty ? 0 : Math.Log2(text.Length) - (sum / text.Length);
    }
}
