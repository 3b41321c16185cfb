using System.Buffers.Binary;
using SecretsFirewall.Model;

namespace SecretsFirewall.Inspection.Codecs;

/// <summary>
/// Deflate (RFC 1951), raw or as zlib (RFC 1950), that says where the data ended. The platform's streams read ahead and do not tell, and in a
/// pack or a zip file the next thing begins right there.
/// <code>
///   _buffer  │ up to 32 KB that were taken │ fresh │ room, at least the longest copy │
///                                          ▲ _taken ▲ _end
/// </code>
/// Input comes in any pieces. Each step (a symbol with its distance, a field of a header) is done whole or not at all, so what stays in the bit
/// buffer between calls belongs to the step that is next.
/// </summary>
internal sealed class Inflater : IDisposable
{
    private const int WindowBytes = 32 * 1024;
    private const int BufferBytes = 128 * 1024;
    private const int LongestCopy = 258;
    private const int LiteralSymbols = 288;
    private const int DistanceSymbols = 32;
    private const int EndOfBlock = 256;

    // A sum of this many bytes cannot overflow 32 bits (RFC 1950 section 9).
    private const int AdlerBytes = 5552;
    private const uint AdlerBase = 65521;

    private static readonly HuffmanTable FixedLiterals = MakeFixedLiterals();
    private static readonly HuffmanTable FixedDistances = MakeFixedDistances();

    private readonly byte[] _buffer = TrafficBuffers.Rent(BufferBytes);
    private readonly HuffmanTable _literals = new(10, LiteralSymbols);
    private readonly HuffmanTable _distances = new(8, DistanceSymbols);
    private readonly HuffmanTable _lengthCode = new(7, 19);
    private readonly byte[] _lengths = new byte[LiteralSymbols + DistanceSymbols];
    private Phase _phase;
    private ulong _bits;
    private int _count;
    private int _taken;
    private int _end;
    private bool _isZlib;
    private bool _isLastBlock;
    private bool _isFixed;
    private int _stored;
    private int _literalCount;
    private int _distanceCount;
    private int _codeCount;
    private int _read;
    private uint _adlerLow;
    private uint _adlerHigh;
    private bool _isDisposed;

    private enum Phase
    {
        ZlibHeader = 0,
        BlockHeader,
        StoredHeader,
        Stored,
        TableHeader,
        CodeLengths,
        Lengths,
        Symbols,
        Checksum,
        Done,
        Invalid,
    }

    // RFC 1951 section 3.2.5.
    private static ReadOnlySpan<ushort> LengthBase =>
        [3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258];

    private static ReadOnlySpan<byte> LengthExtra => [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];

    private static ReadOnlySpan<ushort> DistanceBase =>
        [1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577];

    private static ReadOnlySpan<byte> DistanceExtra =>
        [0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13];

    // RFC 1951 section 3.2.7.
    private static ReadOnlySpan<byte> CodeLengthOrder => [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

    /// <summary>What was decoded since the last <see cref="Take"/>.</summary>
    public ReadOnlySpan<byte> Fresh => _buffer.AsSpan(_taken, _end - _taken);

    /// <summary>All bytes that were decoded since <see cref="Reset"/>.</summary>
    public long Total { get; private set; }

    /// <summary>Begins new data.</summary>
    /// <param name="isZlib">With zlib's header and checksum; else bare deflate.</param>
    public void Reset(bool isZlib)
    {
        _phase = isZlib ? Phase.ZlibHeader : Phase.BlockHeader;
        _isZlib = isZlib;
        (_bits, _count, _taken, _end, Total) = (0, 0, 0, 0, 0);
        (_adlerLow, _adlerHigh, _isLastBlock) = (1, 0, false);
    }

    /// <summary>The fresh bytes have been dealt with.</summary>
    public void Take()
    {
        _taken = _end;
        if (_end > BufferBytes - WindowBytes)
        {
            _buffer.AsSpan(_end - WindowBytes, WindowBytes).CopyTo(_buffer);
            _taken = _end = WindowBytes;
        }
    }

    /// <summary>Decodes until the input is used up, the buffer is full or the data has ended; moves <paramref name="input"/> behind what was used.</summary>
    public InflateStatus Inflate(ref ReadOnlySpan<byte> input)
    {
        var (start, at) = (_end, 0);
        var status = Run(input, ref at);
        if (status is InflateStatus.Output or InflateStatus.Done)
        {
            // Whole bytes that were only loaded ahead.
            var unused = Math.Min(_count >> 3, at);
            at -= unused;
            _count -= unused << 3;
        }

        _bits &= (1UL << _count) - 1;
        Total += _end - start;
        input = input[at..];
        return status;
    }

    public void Dispose()
    {
        if (!_isDisposed)
        {
            _isDisposed = true;
            TrafficBuffers.Return(_buffer);
        }
    }

    private InflateStatus Run(ReadOnlySpan<byte> input, ref int at)
    {
        var summed = _end;
        while (true)
        {
            Refill(input, ref at);
            var status = _phase switch
            {
                Phase.ZlibHeader => ReadZlibHeader(),
                Phase.BlockHeader => ReadBlockHeader(),
                Phase.StoredHeader => ReadStoredHeader(),
                Phase.Stored => CopyStored(input, ref at),
                Phase.TableHeader => ReadTableHeader(),
                Phase.CodeLengths => ReadCodeLengths(),
                Phase.Lengths => ReadLengths(),
                Phase.Symbols => ReadSymbols(input, ref at),
                Phase.Checksum => ReadChecksum(ref summed),
                Phase.Done => InflateStatus.Done,
                _ => InflateStatus.Invalid,
            };

            if (status is null || (status is InflateStatus.NeedInput && at < input.Length))
            {
                continue; // a step took what was loaded, and there is more
            }

            _phase = status is InflateStatus.Invalid ? Phase.Invalid : _phase;
            Sum(ref summed);
            return status.Value;
        }
    }

    // Each returns null to go on. Where bits are missing, nothing was taken.
    private InflateStatus? ReadZlibHeader()
    {
        if (_count < 16)
        {
            return InflateStatus.NeedInput;
        }

        // Method 8, a window of at most 32 KB, a multiple of 31, no dictionary (RFC 1950 section 2.2).
        var (method, flags) = ((int)_bits & 0xFF, (int)(_bits >> 8) & 0xFF);
        if ((method & 0x0F) != 8 || method >> 4 > 7 || ((method << 8) | flags) % 31 != 0 || (flags & 0x20) != 0)
        {
            return InflateStatus.Invalid;
        }

        Skip(16);
        _phase = Phase.BlockHeader;
        return null;
    }

    private InflateStatus? ReadBlockHeader()
    {
        if (_isLastBlock)
        {
            Skip(_count & 7);
            _phase = _isZlib ? Phase.Checksum : Phase.Done;
            return null;
        }

        if (_count < 3)
        {
            return InflateStatus.NeedInput;
        }

        _isLastBlock = (_bits & 1) != 0;
        var type = (int)(_bits >> 1) & 3;
        Skip(3);
        _isFixed = type == 1;
        _phase = type switch
        {
            0 => Phase.StoredHeader,
            1 => Phase.Symbols,
            2 => Phase.TableHeader,
            _ => Phase.Invalid,
        };
        if (type == 0)
        {
            Skip(_count & 7);
        }

        return null;
    }

    private InflateStatus? ReadStoredHeader()
    {
        if (_count < 32)
        {
            return InflateStatus.NeedInput;
        }

        _stored = (int)_bits & 0xFFFF;
        if (_stored != ((int)(~_bits >> 16) & 0xFFFF))
        {
            return InflateStatus.Invalid;
        }

        Skip(32);
        _phase = Phase.Stored;
        return null;
    }

    private InflateStatus? CopyStored(ReadOnlySpan<byte> input, ref int at)
    {
        for (; _stored > 0 && _count >= 8 && _end < BufferBytes; _stored--)
        {
            _buffer[_end++] = (byte)_bits;
            Skip(8);
        }

        if (_stored > 0 && _count == 0)
        {
            _bits = 0; // what stands ahead of its count is in the input still
            var count = Math.Min(Math.Min(_stored, input.Length - at), BufferBytes - _end);
            input.Slice(at, count).CopyTo(_buffer.AsSpan(_end));
            at += count;
            _end += count;
            _stored -= count;
        }

        if (_stored > 0)
        {
            return _end == BufferBytes ? InflateStatus.Output : InflateStatus.NeedInput;
        }

        _phase = Phase.BlockHeader;
        return null;
    }

    private InflateStatus? ReadTableHeader()
    {
        if (_count < 14)
        {
            return InflateStatus.NeedInput;
        }

        _literalCount = ((int)_bits & 31) + 257;
        _distanceCount = ((int)(_bits >> 5) & 31) + 1;
        _codeCount = ((int)(_bits >> 10) & 15) + 4;
        if (_literalCount > 286 || _distanceCount > 30)
        {
            return InflateStatus.Invalid;
        }

        Skip(14);
        _read = 0;
        Array.Clear(_lengths);
        _phase = Phase.CodeLengths;
        return null;
    }

    private InflateStatus? ReadCodeLengths()
    {
        for (; _read < _codeCount && _count >= 3; _read++)
        {
            _lengths[CodeLengthOrder[_read]] = (byte)(_bits & 7);
            Skip(3);
        }

        if (_read < _codeCount)
        {
            return InflateStatus.NeedInput;
        }

        if (!_lengthCode.TryBuild(_lengths.AsSpan(0, 19), mayBeSingle: false))
        {
            return InflateStatus.Invalid;
        }

        _read = 0;
        Array.Clear(_lengths);
        _phase = Phase.Lengths;
        return null;
    }

    private InflateStatus? ReadLengths()
    {
        var all = _literalCount + _distanceCount;
        while (_read < all)
        {
            var entry = _lengthCode.Find(_bits, _count);
            if (entry < 0)
            {
                return entry == HuffmanTable.NeedBits ? InflateStatus.NeedInput : InflateStatus.Invalid;
            }

            var (symbol, used) = (entry >> 4, entry & 15);
            if (symbol < 16)
            {
                _lengths[_read++] = (byte)symbol;
                Skip(used);
                continue;
            }

            var (extra, least) = symbol switch { 16 => (2, 3), 17 => (3, 3), _ => (7, 11) };
            if (_count < used + extra)
            {
                return InflateStatus.NeedInput;
            }

            var repeat = least + ((int)(_bits >> used) & ((1 << extra) - 1));
            if (_read + repeat > all || (symbol == 16 && _read == 0))
            {
                return InflateStatus.Invalid;
            }

            _lengths.AsSpan(_read, repeat).Fill(symbol == 16 ? _lengths[_read - 1] : (byte)0);
            _read += repeat;
            Skip(used + extra);
        }

        if (_lengths[EndOfBlock] == 0
            || !_literals.TryBuild(_lengths.AsSpan(0, _literalCount), mayBeSingle: true)
            || !_distances.TryBuild(_lengths.AsSpan(_literalCount, _distanceCount), mayBeSingle: true))
        {
            return InflateStatus.Invalid;
        }

        _phase = Phase.Symbols;
        return null;
    }

    private InflateStatus? ReadSymbols(ReadOnlySpan<byte> input, ref int at)
    {
        var (literals, distances) = _isFixed ? (FixedLiterals, FixedDistances) : (_literals, _distances);
        var buffer = _buffer;
        var end = _end;
        var (bits, count) = (_bits, _count);
        InflateStatus? status = null;
        while (true)
        {
            if (end > BufferBytes - LongestCopy)
            {
                status = InflateStatus.Output;
                break;
            }

            if (input.Length - at >= 8)
            {
                bits |= BinaryPrimitives.ReadUInt64LittleEndian(input[at..]) << count;
                at += (63 - count) >> 3;
                count |= 56;
            }
            else
            {
                for (; count < 56 && at < input.Length; count += 8)
                {
                    bits |= (ulong)input[at++] << count;
                }
            }

            var entry = literals.Find(bits, count);
            if (entry < 0)
            {
                status = entry == HuffmanTable.NeedBits ? InflateStatus.NeedInput : InflateStatus.Invalid;
                break;
            }

            var (symbol, used) = (entry >> 4, entry & 15);
            if (symbol < EndOfBlock)
            {
                buffer[end++] = (byte)symbol;
                bits >>= used;
                count -= used;
                continue;
            }

            if (symbol == EndOfBlock)
            {
                bits >>= used;
                count -= used;
                _phase = Phase.BlockHeader;
                break;
            }

            symbol -= EndOfBlock + 1;
            if (symbol >= LengthBase.Length)
            {
                status = InflateStatus.Invalid;
                break;
            }

            var extra = LengthExtra[symbol];
            var length = LengthBase[symbol] + (int)((bits >> used) & ((1UL << extra) - 1));
            used += extra;
            if (used > count)
            {
                status = InflateStatus.NeedInput;
                break;
            }

            entry = distances.Find(bits >> used, count - used);
            if (entry < 0)
            {
                status = entry == HuffmanTable.NeedBits ? InflateStatus.NeedInput : InflateStatus.Invalid;
                break;
            }

            used += entry & 15;
            symbol = entry >> 4;
            if (symbol >= DistanceBase.Length)
            {
                status = InflateStatus.Invalid;
                break;
            }

            extra = DistanceExtra[symbol];
            var distance = DistanceBase[symbol] + (int)((bits >> used) & ((1UL << extra) - 1));
            used += extra;
            if (used > count)
            {
                status = InflateStatus.NeedInput;
                break;
            }

            if (distance > end)
            {
                status = InflateStatus.Invalid;
                break;
            }

            bits >>= used;
            count -= used;
            if (distance >= length)
            {
                buffer.AsSpan(end - distance, length).CopyTo(buffer.AsSpan(end));
                end += length;
            }
            else
            {
                for (; length > 0; length--, end++)
                {
                    buffer[end] = buffer[end - distance];
                }
            }
        }

        (_end, _bits, _count) = (end, bits, count);
        return status;
    }

    private InflateStatus? ReadChecksum(ref int summed)
    {
        if (_count < 32)
        {
            return InflateStatus.NeedInput;
        }

        Sum(ref summed);
        if (BinaryPrimitives.ReverseEndianness((uint)_bits) != ((_adlerHigh << 16) | _adlerLow))
        {
            return InflateStatus.Invalid;
        }

        Skip(32);
        _phase = Phase.Done;
        return null;
    }

    private void Refill(ReadOnlySpan<byte> input, ref int at)
    {
        for (; _count < 56 && at < input.Length; _count += 8)
        {
            _bits = (_bits & ((1UL << _count) - 1)) | ((ulong)input[at++] << _count);
        }
    }

    private void Skip(int bits)
    {
        _bits >>= bits;
        _count -= bits;
    }

    private void Sum(ref int summed)
    {
        if (!_isZlib)
        {
            return;
        }

        var (low, high) = (_adlerLow, _adlerHigh);
        for (var rest = _buffer.AsSpan(summed, _end - summed); !rest.IsEmpty;)
        {
            var part = rest[..Math.Min(rest.Length, AdlerBytes)];
            foreach (var one in part)
            {
                low += one;
                high += low;
            }

            low %= AdlerBase;
            high %= AdlerBase;
            rest = rest[part.Length..];
        }

        (_adlerLow, _adlerHigh, summed) = (low, high, _end);
    }

    private static HuffmanTable MakeFixedLiterals()
    {
        Span<byte> lengths = stackalloc byte[LiteralSymbols];
        lengths[..144].Fill(8);
        lengths[144..256].Fill(9);
        lengths[256..280].Fill(7);
        lengths[280..].Fill(8);
        var table = new HuffmanTable(9, LiteralSymbols);
        table.TryBuild(lengths, mayBeSingle: false);
        return table;
    }

    private static HuffmanTable MakeFixedDistances()
    {
        Span<byte> lengths = stackalloc byte[DistanceSymbols];
        lengths.Fill(5);
        var table = new HuffmanTable(5, DistanceSymbols);
        table.TryBuild(lengths, mayBeSingle: false);
        return table;
    }
}
