namespace SecretsFirewall.Inspection.Codecs;

/// <summary>A Huffman code of deflate (RFC 1951 section 3.2.2): short codes by one look at a table, long ones bit by bit.</summary>
internal sealed class HuffmanTable(int rootBits, int mostSymbols)
{
    /// <summary>What <see cref="Find"/> gives where the bits at hand do not tell yet.</summary>
    public const int NeedBits = -1;

    /// <summary>What <see cref="Find"/> gives where no symbol has such a code.</summary>
    public const int NoSymbol = -2;

    private const int LongestCode = 15;

    // Symbol in the upper bits, length of its code in the lower four; zero where the code is longer than the table, or none.
    private readonly ushort[] _root = new ushort[1 << rootBits];
    private readonly ushort[] _count = new ushort[LongestCode + 1];
    private readonly ushort[] _symbols = new ushort[mostSymbols];
    private readonly ulong _mask = (1UL << rootBits) - 1;

    /// <summary>False where the lengths make no code: more codes than there are, or bits that are no code (which zlib refuses as well).</summary>
    /// <param name="lengths">Of each symbol's code; zero where it has none.</param>
    /// <param name="mayBeSingle">A code of one bit, or none at all, may leave the rest undefined.</param>
    public bool TryBuild(ReadOnlySpan<byte> lengths, bool mayBeSingle)
    {
        Array.Clear(_root);
        Array.Clear(_count);
        foreach (var length in lengths)
        {
            _count[length]++;
        }

        _count[0] = 0;
        Span<int> next = stackalloc int[LongestCode + 2];
        Span<int> place = stackalloc int[LongestCode + 2];
        var (left, longest) = (1, 0);
        for (var length = 1; length <= LongestCode; length++)
        {
            left = (left << 1) - _count[length];
            if (left < 0)
            {
                return false;
            }

            longest = _count[length] > 0 ? length : longest;
            next[length + 1] = (next[length] + _count[length]) << 1;
            place[length + 1] = place[length] + _count[length];
        }

        if (left > 0 && !(mayBeSingle && longest <= 1))
        {
            return false;
        }

        for (var symbol = 0; symbol < lengths.Length; symbol++)
        {
            int length = lengths[symbol];
            if (length == 0)
            {
                continue;
            }

            _symbols[place[length]++] = (ushort)symbol;
            var code = next[length]++;
            if (length <= rootBits)
            {
                Fill(code, length, (ushort)((symbol << 4) | length));
            }
        }

        return true;
    }

    /// <summary>The symbol that <paramref name="bits"/> begin with, shifted by four, and in the lower four bits how many bits it has; or one of the constants.</summary>
    public int Find(ulong bits, int available)
    {
        int entry = _root[bits & _mask];
        return entry == 0 ? FindLong(bits, available) : (entry & 15) <= available ? entry : NeedBits;
    }

    private int FindLong(ulong bits, int available)
    {
        var (code, first, index) = (0, 0, 0);
        for (var length = 1; length <= LongestCode; length++)
        {
            if (length > available)
            {
                return NeedBits;
            }

            code |= (int)(bits & 1);
            bits >>= 1;
            int count = _count[length];
            if (code - count < first)
            {
                return (_symbols[index + (code - first)] << 4) | length;
            }

            index += count;
            first = (first + count) << 1;
            code <<= 1;
        }

        return NoSymbol;
    }

    // Codes are written from their highest bit on, everything else from its lowest: hence reversed.
    private void Fill(int code, int length, ushort entry)
    {
        var reversed = 0;
        for (var i = 0; i < length; i++)
        {
            reversed |= ((code >> i) & 1) << (length - 1 - i);
        }

        for (var i = reversed; i < _root.Length; i += 1 << length)
        {
            _root[i] = entry;
        }
    }
}
