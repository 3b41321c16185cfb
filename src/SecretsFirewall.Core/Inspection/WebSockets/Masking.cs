using System.Runtime.InteropServices;

namespace SecretsFirewall.Inspection.WebSockets;

/// <summary>The masking of RFC 6455 section 5.3: each byte with the byte of the key at its place, modulo four. Doing it twice undoes it.</summary>
internal static class Masking
{
    /// <param name="key">The four bytes of the key as they stand in the frame.</param>
    /// <param name="offset">Where in the frame's payload <paramref name="bytes"/> begin.</param>
    public static void Apply(Span<byte> bytes, ReadOnlySpan<byte> key, int offset = 0)
    {
        Span<byte> pattern = stackalloc byte[8];
        for (var i = 0; i < pattern.Length; i++)
        {
            pattern[i] = key[(offset + i) & 3];
        }

        var mask = MemoryMarshal.Read<ulong>(pattern);
        var words = MemoryMarshal.Cast<byte, ulong>(bytes);
        for (var i = 0; i < words.Length; i++)
        {
            words[i] ^= mask;
        }

        for (var i = words.Length * sizeof(ulong); i < bytes.Length; i++)
        {
            bytes[i] ^= pattern[i & 7];
        }
    }
}
