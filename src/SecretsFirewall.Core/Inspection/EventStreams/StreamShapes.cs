using System.Text;

namespace SecretsFirewall.Inspection.EventStreams;

/// <summary>Tells what a stream is by its first bytes, since not every server says so in its head, and a reader need not care for what it says.</summary>
internal static class StreamShapes
{
    private static readonly byte[][] Fields = [.. ((string[])["data:", "event:", "id:", "retry:", ":"]).Select(Encoding.ASCII.GetBytes)];

    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    /// <summary>True for what may stand before the beginning and says nothing.</summary>
    public static bool IsBlank(ReadOnlySpan<byte> start) => start.SequenceEqual(ByteOrderMark) || " \t\r\n"u8.Contains(start[0]);

    /// <param name="start">Not blank.</param>
    public static StreamShape Of(ReadOnlySpan<byte> start)
    {
        if (start[0] is (byte)'{' or (byte)'[')
        {
            return StreamShape.Json;
        }

        var mayBecome = ByteOrderMark.StartsWith(start);
        foreach (var field in Fields)
        {
            if (start.StartsWith(field))
            {
                return StreamShape.Events;
            }

            mayBecome |= field.AsSpan().StartsWith(start);
        }

        return mayBecome ? StreamShape.Unknown : StreamShape.Plain;
    }
}
