using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace SecretsFirewall.Inspection.Detection.Registry;

/// <summary>
/// A fast 64-bit hash under a random key (multiply and fold, as wyhash does). The key is new for every snapshot, so that nobody
/// can prepare a text whose windows collide. It filters; what it lets through is confirmed by an HMAC (<see cref="FormTable"/>).
/// </summary>
internal readonly struct KeyedHash
{
    private readonly ulong _windowKey;
    private readonly ulong _windowFactor;
    private readonly ulong _textKey;
    private readonly ulong _textFactor;

    private KeyedHash(ReadOnlySpan<ulong> keys)
    {
        _windowKey = keys[0];
        _windowFactor = keys[1] | 1;
        _textKey = keys[2];
        _textFactor = keys[3] | 1;
    }

    public static KeyedHash CreateRandom()
    {
        Span<ulong> keys = stackalloc ulong[4];
        RandomNumberGenerator.Fill(MemoryMarshal.AsBytes(keys));
        return new KeyedHash(keys);
    }

    /// <summary>Of up to 8 bytes in one word: the hash of the scan loop.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong OfWindow(ulong window) => Fold(window ^ _windowKey, _windowFactor);

    /// <summary>Of any text; its length counts.</summary>
    public ulong OfText(ReadOnlySpan<byte> text)
    {
        var state = _textKey ^ (ulong)text.Length;
        while (text.Length > 16)
        {
            state = Fold(Word(text) ^ _textFactor, Word(text[8..]) ^ state);
            text = text[16..];
        }

        ulong first, last;
        if (text.Length >= 8)
        {
            first = Word(text);
            last = Word(text[^8..]);
        }
        else if (text.Length >= 4)
        {
            first = BinaryPrimitives.ReadUInt32LittleEndian(text);
            last = BinaryPrimitives.ReadUInt32LittleEndian(text[^4..]);
        }
        else
        {
            first = text.IsEmpty ? 0 : (ulong)(text[0] | (text[text.Length / 2] << 8) | (text[^1] << 16));
            last = 0;
        }

        return Fold(Fold(first ^ _textFactor, last ^ state), _windowFactor);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Word(ReadOnlySpan<byte> text) => BinaryPrimitives.ReadUInt64LittleEndian(text);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Fold(ulong a, ulong b)
    {
        var high = Math.BigMul(a, b, out var low);
        return high ^ low;
    }
}
