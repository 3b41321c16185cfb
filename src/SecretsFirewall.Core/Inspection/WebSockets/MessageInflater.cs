using SecretsFirewall.Model;

namespace SecretsFirewall.Inspection.WebSockets;

/// <summary>
/// Decodes the messages of one direction under permessage-deflate (RFC 7692 section 7.2.2; the coding is RFC 1951). Own code, since not one bit may be left
/// unexplained: whoever decodes on the other side must find exactly what was inspected, so a message ends at the end of a block and of its bytes, and what
/// stands behind a final block is read on, as RFC 7692 section 7.2.3.4 has it. The library's stream would stop there and say nothing.
/// </summary>
internal sealed class MessageInflater(bool keepsContext) : IDisposable
{
    private const int WindowLength = 32 * 1024;

    // The longest copy of one symbol.
    private const int MaxCopy = 258;

    private const int LiteralSymbols = 288;
    private const int DistanceSymbols = 32;
    private const int EndOfBlock = 256;

    private static readonly byte[] LengthOrder = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];
    private static readonly ushort[] LengthBase = [3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258];
    private static readonly byte[] LengthExtra = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];
    private static readonly ushort[] DistanceBase =
        [1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577];

    private static readonly byte[] DistanceExtra = [0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13];

    private readonly ByteQueue _decoded = new();
    private readonly HuffmanCode _literals = new(LiteralSymbols);
    private readonly HuffmanCode _distances = new(DistanceSymbols);
    private byte[]? _window;
    private int _windowLength;

    // What was decoded before this message, at the beginning of _decoded.
    private int _before;

    /// <summary>The message that was decoded last, until <see cref="Release"/>.</summary>
    public ReadOnlySpan<byte> Message => _decoded.Bytes[_before..];

    /// <param name="coded">The payload of all frames of a message, behind it the four bytes <see cref="Tail"/>.</param>
    /// <param name="most">More decoded bytes than this are <see cref="WebSocketFault.MessageTooLarge"/>.</param>
    public WebSocketFault Inflate(ReadOnlySpan<byte> coded, int most)
    {
        _decoded.Dispose();
        _decoded.Append(_window.AsSpan(0, _windowLength));
        _before = _windowLength;

        // Of no bytes at all the tail is half a block: some decoders wait for the rest of it, and would read the next message's bytes as they stand.
        var fault = Blocks(coded, most);
        if (fault is WebSocketFault.None && keepsContext)
        {
            KeepWindow();
        }

        return fault;
    }

    /// <summary>What every sender takes off the end of its message (RFC 7692 section 7.2.1).</summary>
    public static ReadOnlySpan<byte> Tail => [0, 0, 0xFF, 0xFF];

    /// <summary>Gives back the buffer of the message.</summary>
    public void Release()
    {
        _decoded.Dispose();
        _before = 0;
    }

    public void Dispose()
    {
        Release();
        if (_window is not null)
        {
            TrafficBuffers.Return(_window);
        }

        (_window, _windowLength) = (null, 0);
    }

    private void KeepWindow()
    {
        _window ??= TrafficBuffers.Rent(WindowLength);
        _windowLength = Math.Min(WindowLength, _decoded.Length);
        _decoded.Bytes[^_windowLength..].CopyTo(_window);
    }

    private WebSocketFault Blocks(ReadOnlySpan<byte> coded, int most)
    {
        var bits = new BitReader(coded);
        while (!bits.IsAtEnd)
        {
            var isFinal = bits.Read(1);
            var fault = bits.Read(2) switch
            {
                0 => Stored(ref bits, most),
                1 => SetFixed() ? Coded(ref bits, most) : WebSocketFault.Undecodable,
                2 => SetDynamic(ref bits) ? Coded(ref bits, most) : WebSocketFault.Undecodable,
                _ => WebSocketFault.Undecodable,
            };
            if (fault is not WebSocketFault.None)
            {
                return fault;
            }

            if (isFinal == 1)
            {
                bits.Align(); // a new stream begins with the next byte
            }
        }

        return bits.IsBroken ? WebSocketFault.Undecodable : WebSocketFault.None;
    }

    private WebSocketFault Stored(ref BitReader bits, int most)
    {
        bits.Align();
        var length = bits.Read(16);
        if ((bits.Read(16) ^ 0xFFFF) != length || bits.IsBroken)
        {
            return WebSocketFault.Undecodable;
        }

        if (length > most - (_decoded.Length - _before))
        {
            return WebSocketFault.MessageTooLarge;
        }

        if (!bits.TryTake(length, out var bytes))
        {
            return WebSocketFault.Undecodable;
        }

        _decoded.Append(bytes);
        return WebSocketFault.None;
    }

    private WebSocketFault Coded(ref BitReader bits, int most)
    {
        var end = _before + (long)most;
        var free = _decoded.Free(MaxCopy);
        var written = 0;
        while (true)
        {
            if (free.Length - written < MaxCopy)
            {
                _decoded.Advance(written);
                free = _decoded.Free(MaxCopy);
                written = 0;
            }

            var symbol = bits.Read(_literals);
            if (symbol < EndOfBlock)
            {
                if (symbol == HuffmanCode.Invalid)
                {
                    return WebSocketFault.Undecodable;
                }

                free[written++] = (byte)symbol;
            }
            else if (symbol == EndOfBlock)
            {
                _decoded.Advance(written);
                return _decoded.Length > end ? WebSocketFault.MessageTooLarge : WebSocketFault.None;
            }
            else
            {
                if (symbol - EndOfBlock > LengthBase.Length)
                {
                    return WebSocketFault.Undecodable;
                }

                var length = LengthBase[symbol - EndOfBlock - 1] + bits.Read(LengthExtra[symbol - EndOfBlock - 1]);
                var code = bits.Read(_distances);
                if ((uint)code >= (uint)DistanceBase.Length)
                {
                    return WebSocketFault.Undecodable;
                }

                var distance = DistanceBase[code] + bits.Read(DistanceExtra[code]);
                if (bits.IsBroken || distance > _decoded.Length + written)
                {
                    return WebSocketFault.Undecodable;
                }

                Copy(free, written, distance, length);
                written += length;
            }

            if (_decoded.Length + written > end)
            {
                return WebSocketFault.MessageTooLarge;
            }
        }
    }

    /// <summary>From <paramref name="distance"/> bytes back, which may be before <paramref name="free"/> begins and may overlap what is written.</summary>
    private void Copy(Span<byte> free, int written, int distance, int length)
    {
        var before = _decoded.Bytes;
        for (var i = 0; i < length; i++)
        {
            var from = written + i - distance;
            free[written + i] = from < 0 ? before[before.Length + from] : free[from];
        }
    }

    private bool SetFixed()
    {
        Span<byte> lengths = stackalloc byte[LiteralSymbols];
        lengths[..144].Fill(8);
        lengths[144..256].Fill(9);
        lengths[256..280].Fill(7);
        lengths[280..].Fill(8);
        Span<byte> distances = stackalloc byte[DistanceSymbols];
        distances.Fill(5);
        return _literals.TrySet(lengths) && _distances.TrySet(distances);
    }

    // RFC 1951 section 3.2.7.
    private bool SetDynamic(ref BitReader bits)
    {
        var literals = bits.Read(5) + 257;
        var distances = bits.Read(5) + 1;
        var codes = bits.Read(4) + 4;
        if (literals > 286 || distances > 30)
        {
            return false;
        }

        Span<byte> lengths = stackalloc byte[286 + 30];
        for (var i = 0; i < codes; i++)
        {
            lengths[LengthOrder[i]] = (byte)bits.Read(3);
        }

        if (!_literals.TrySet(lengths[..19]))
        {
            return false;
        }

        lengths.Clear();
        for (var at = 0; at < literals + distances;)
        {
            var symbol = bits.Read(_literals);
            if (symbol is >= 0 and < 16)
            {
                lengths[at++] = (byte)symbol;
                continue;
            }

            if (symbol == HuffmanCode.Invalid || (symbol == 16 && at == 0))
            {
                return false;
            }

            var repeated = symbol == 16 ? lengths[at - 1] : (byte)0;
            var count = symbol switch { 16 => 3 + bits.Read(2), 17 => 3 + bits.Read(3), _ => 11 + bits.Read(7) };
            if (count > literals + distances - at)
            {
                return false;
            }

            lengths.Slice(at, count).Fill(repeated);
            at += count;
        }

        return !bits.IsBroken && lengths[EndOfBlock] != 0 && _literals.TrySet(lengths[..literals]) && _distances.TrySet(lengths.Slice(literals, distances));
    }

    /// <summary>Bits of a byte from the lowest up. Behind the end it gives zeros and remembers that it did.</summary>
    private ref struct BitReader(ReadOnlySpan<byte> bytes)
    {
        private readonly ReadOnlySpan<byte> _bytes = bytes;
        private ulong _bits;
        private int _count;
        private int _at;

        public bool IsBroken { get; private set; }

        /// <summary>True if not one whole bit is left.</summary>
        public readonly bool IsAtEnd => IsBroken || (_count == 0 && _at == _bytes.Length);

        public int Read(int count)
        {
            Fill();
            if (count > _count)
            {
                IsBroken = true;
                return 0;
            }

            var value = (int)(_bits & ((1UL << count) - 1));
            Skip(count);
            return value;
        }

        public int Read(HuffmanCode code)
        {
            Fill();
            var symbol = code.Read(_bits, _count, out var used);
            if (symbol == HuffmanCode.Invalid)
            {
                IsBroken = true;
            }
            else
            {
                Skip(used);
            }

            return symbol;
        }

        public void Align() => Skip(_count % 8);

        /// <summary>Whole bytes; only when aligned.</summary>
        public bool TryTake(int count, out ReadOnlySpan<byte> taken)
        {
            var start = _at - (_count / 8);
            if (count > _bytes.Length - start)
            {
                taken = [];
                return false;
            }

            taken = _bytes.Slice(start, count);
            (_bits, _count, _at) = (0, 0, start + count);
            return true;
        }

        private void Fill()
        {
            while (_count <= 56 && _at < _bytes.Length)
            {
                _bits |= (ulong)_bytes[_at++] << _count;
                _count += 8;
            }
        }

        private void Skip(int count)
        {
            _bits >>= count;
            _count -= count;
        }
    }
}
