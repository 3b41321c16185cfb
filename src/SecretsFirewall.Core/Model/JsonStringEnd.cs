using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace SecretsFirewall.Model;

/// <summary>
/// Finds the quote that ends a JSON string. Text that was written by programs has an escape in every line, so a search that stops at each one costs
/// more than all else that is done with such a string: this takes 64 bytes at once, escapes and all.
/// </summary>
public static class JsonStringEnd
{
    private const int Block = 64;

    private const ulong OddBits = 0xAAAA_AAAA_AAAA_AAAA;

    /// <summary>Where the closing quote is; -1 if it is not there.</summary>
    /// <param name="text">From the first byte behind the opening quote on.</param>
    /// <param name="hasEscapes">There is a backslash before the end.</param>
    /// <param name="isCut">There is no end, and the last byte is a backslash whose letter is missing.</param>
    public static int IndexIn(ReadOnlySpan<byte> text, out bool hasEscapes, out bool isCut)
    {
        hasEscapes = isCut = false;
        var at = 0;
        var carried = 0UL; // 1 if the first byte of the next block is escaped by the last one of this
        for (; text.Length - at >= Block; at += Block)
        {
            var (quotes, escapes) = MarksOf(text.Slice(at, Block));
            if ((escapes | carried) != 0)
            {
                quotes &= ~Escaped(escapes, ref carried);
            }

            if (quotes != 0)
            {
                var end = BitOperations.TrailingZeroCount(quotes);
                hasEscapes |= (escapes & ((1UL << end) - 1)) != 0;
                return at + end;
            }

            hasEscapes |= escapes != 0;
        }

        at += (int)carried;
        isCut = at > text.Length;
        for (; at < text.Length; at++)
        {
            if (text[at] == '"')
            {
                return at;
            }

            if (text[at] == '\\')
            {
                hasEscapes = true;
                isCut = ++at == text.Length;
            }
        }

        return -1;
    }

    private static (ulong Quotes, ulong Escapes) MarksOf(ReadOnlySpan<byte> block)
    {
        ref var first = ref MemoryMarshal.GetReference(block);
        var low = Vector256.LoadUnsafe(ref first);
        var high = Vector256.LoadUnsafe(ref first, (nuint)Vector256<byte>.Count);
        return (Bits(low, high, (byte)'"'), Bits(low, high, (byte)'\\'));
    }

    private static ulong Bits(Vector256<byte> low, Vector256<byte> high, byte of)
    {
        var wanted = Vector256.Create(of);
        return Vector256.Equals(low, wanted).ExtractMostSignificantBits() | ((ulong)Vector256.Equals(high, wanted).ExtractMostSignificantBits() << 32);
    }

    /// <summary>
    /// Which bytes of a block are escaped. In a row of backslashes each second one is, and what stands behind a row of odd length: a subtraction borrows through
    /// each row at once. The method is simdjson's (Langdale and Lemire, Parsing Gigabytes of JSON per Second, section 3.1.1).
    /// </summary>
    private static ulong Escaped(ulong escapes, ref ulong carried)
    {
        var able = escapes & ~carried;
        var behindAndOdd = (able << 1) | OddBits;
        var escapesAndEnds = (behindAndOdd - able) ^ OddBits;
        var escaped = escapesAndEnds ^ (escapes | carried);
        carried = (escapesAndEnds & escapes) >> 63;
        return escaped;
    }
}
