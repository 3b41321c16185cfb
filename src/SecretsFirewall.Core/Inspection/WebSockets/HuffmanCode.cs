namespace SecretsFirewall.Inspection.WebSockets;

/// <summary>One prefix code of a deflate block (RFC 1951 section 3.2.2): short codes by a table, longer ones bit by bit.</summary>
internal sealed class HuffmanCode
{
    public const int MaxBits = 15;

    /// <summary>No code begins so, or not enough bits are left.</summary>
    public const int Invalid = -1;

    private const int TableBits = 10;
    private const int LengthBits = 4;

    private readonly ushort[] _table = new ushort[1 << TableBits];
    private readonly ushort[] _count = new ushort[MaxBits + 1];
    private readonly ushort[] _symbols;

    public HuffmanCode(int symbols) => _symbols = new ushort[symbols];

    /// <summary>False for a set of lengths that is no code: too many of them, or too few, but for a single one of one bit.</summary>
    /// <param name="lengths">Of each symbol's code; 0 for one that does not occur.</param>
    public bool TrySet(ReadOnlySpan<byte> lengths)
    {
        Array.Clear(_count);
        Array.Clear(_table);
        foreach (var length in lengths)
        {
            _count[length]++;
        }

        var unused = lengths.Length - _count[0];
        _count[0] = 0;
        var (left, longest) = (1, 0);
        Span<int> offset = stackalloc int[MaxBits + 2];
        Span<int> next = stackalloc int[MaxBits + 2];
        for (var bits = 1; bits <= MaxBits; bits++)
        {
            left = (left << 1) - _count[bits];
            if (left < 0)
            {
                return false;
            }

            longest = _count[bits] > 0 ? bits : longest;
            offset[bits + 1] = offset[bits] + _count[bits];
            next[bits + 1] = (next[bits] + _count[bits]) << 1;
        }

        if (left > 0 && unused > 0 && longest > 1)
        {
            return false;
        }

        for (var symbol = 0; symbol < lengths.Length; symbol++)
        {
            var bits = lengths[symbol];
            if (bits == 0)
            {
                continue;
            }

            _symbols[offset[bits]++] = (ushort)symbol;
            var code = next[bits]++;
            if (bits <= TableBits)
            {
                for (var at = Reverse(code, bits); at < _table.Length; at += 1 << bits)
                {
                    _table[at] = (ushort)((symbol << LengthBits) | bits);
                }
            }
        }

        return true;
    }

    /// <param name="bits">What comes next, the first bit lowest; zeros behind the end.</param>
    /// <param name="available">How many of them are there.</param>
    /// <param name="used">How many the symbol took.</param>
    public int Read(ulong bits, int available, out int used)
    {
        var entry = _table[bits & ((1 << TableBits) - 1)];
        used = entry & ((1 << LengthBits) - 1);
        return entry == 0 ? ReadLong(bits, available, out used)
            : used <= available ? entry >> LengthBits
            : Invalid;
    }

    private int ReadLong(ulong bits, int available, out int used)
    {
        var (code, first, index) = (0, 0, 0);
        for (used = 1; used <= MaxBits && used <= available; used++)
        {
            code |= (int)(bits & 1);
            bits >>= 1;
            if (code - _count[used] < first)
            {
                return _symbols[index + code - first];
            }

            index += _count[used];
            first = (first + _count[used]) << 1;
            code <<= 1;
        }

        return Invalid;
    }

    private static int Reverse(int code, int bits)
    {
        var reversed = 0;
        for (var i = 0; i < bits; i++)
        {
            reversed |= ((code >> i) & 1) << (bits - 1 - i);
        }

        return reversed;
    }
}
