using System.Numerics;
using System.Runtime.Intrinsics;

namespace SecretsFirewall.Inspection.Detection.Encodings;

/// <summary>
/// Finds the triggers and joins those that stand near one another. Sixteen places at a time: each of three bytes is looked up by its halves in
/// tables of eight buckets, and a place where no bucket has all three is done with.
/// </summary>
internal static class TriggerFinder
{
    /// <summary>Triggers that are not farther apart than this are one stretch.</summary>
    public const int Near = 320;

    private static readonly byte[][] Tables = CreateTables();

    private static readonly ushort[][] Members = CreateMembers();

    /// <summary>Replaces the content of <paramref name="into"/> by the stretches of <paramref name="text"/> from <paramref name="from"/> on, in order.</summary>
    public static void Find(ReadOnlySpan<byte> text, int from, List<EncodedStretch> into)
    {
        into.Clear();
        var at = from;
        if (Vector128.IsHardwareAccelerated)
        {
            var (low0, high0, low1, high1, low2, high2) = (
                Vector128.Create(Tables[0]), Vector128.Create(Tables[1]), Vector128.Create(Tables[2]),
                Vector128.Create(Tables[3]), Vector128.Create(Tables[4]), Vector128.Create(Tables[5]));
            for (; at <= text.Length - Vector128<byte>.Count - 2; at += Vector128<byte>.Count)
            {
                var buckets = Lookup(text[at..], low0, high0) & Lookup(text[(at + 1)..], low1, high1) & Lookup(text[(at + 2)..], low2, high2);
                for (var hits = ~Vector128.Equals(buckets, Vector128<byte>.Zero).ExtractMostSignificantBits() & 0xFFFF; hits != 0; hits &= hits - 1)
                {
                    Add(text, at + BitOperations.TrailingZeroCount(hits), into);
                }
            }
        }

        for (; at <= text.Length - 3; at++)
        {
            Add(text, at, into);
        }
    }

    private static Vector128<byte> Lookup(ReadOnlySpan<byte> text, Vector128<byte> low, Vector128<byte> high)
    {
        var bytes = Vector128.Create(text);
        return Vector128.Shuffle(low, bytes & Vector128.Create((byte)0x0F)) & Vector128.Shuffle(high, bytes >> 4);
    }

    private static void Add(ReadOnlySpan<byte> text, int at, List<EncodedStretch> into)
    {
        var triggers = Members[0][text[at]] & Members[1][text[at + 1]] & Members[2][text[at + 2]];
        for (; triggers != 0; triggers &= triggers - 1)
        {
            var decodings = EncodingTriggers.Confirms(EncodingTriggers.All[BitOperations.TrailingZeroCount(triggers)], text, at, out var end);
            if (decodings == Decodings.None)
            {
                continue;
            }

            if (into.Count > 0 && at - into[^1].End <= Near)
            {
                into[^1] = new(into[^1].Start, Math.Max(end, into[^1].End), into[^1].Decodings | decodings);
            }
            else
            {
                into.Add(new(at, end, decodings));
            }
        }
    }

    private static byte[][] CreateTables()
    {
        byte[][] tables = [new byte[16], new byte[16], new byte[16], new byte[16], new byte[16], new byte[16]];
        foreach (var trigger in EncodingTriggers.All)
        {
            var bucket = (byte)(1 << (trigger.Group));
            foreach (var (position, set) in new[] { trigger.First, trigger.Second, trigger.Third }.Index())
            {
                foreach (var member in set.Members)
                {
                    tables[2 * position][member & 0x0F] |= bucket;
                    tables[(2 * position) + 1][member >> 4] |= bucket;
                }
            }
        }

        return tables;
    }

    private static ushort[][] CreateMembers()
    {
        ushort[][] members = [new ushort[256], new ushort[256], new ushort[256]];
        foreach (var trigger in EncodingTriggers.All)
        {
            foreach (var (position, set) in new[] { trigger.First, trigger.Second, trigger.Third }.Index())
            {
                foreach (var member in set.Members)
                {
                    members[position][member] |= (ushort)(1 << trigger.Id);
                }
            }
        }

        return members;
    }
}
