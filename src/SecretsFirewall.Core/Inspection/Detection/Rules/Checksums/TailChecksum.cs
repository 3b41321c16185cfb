namespace SecretsFirewall.Inspection.Detection.Rules.Checksums;

/// <summary>A CRC-32 in the last characters of a token.</summary>
/// <param name="firstPart">The length of the body's first part.</param>
internal sealed class TailChecksum(ChecksumKind kind, ChecksumOver over, int firstPart) : Checksum
{
    private const int MaxTail = 8;

    private const string Digits = "0123456789abcdefghijklmnopqrstuvwxyz";

    private readonly int _tail = TailLength(kind);

    public static int TailLength(ChecksumKind kind) => kind switch
    {
        ChecksumKind.Crc32Base62 => Base62Crc32.Length,
        ChecksumKind.Crc32Base36 => 7,
        ChecksumKind.Crc32Base64 => 6,
        _ => 8,
    };

    public override bool IsValid(ReadOnlySpan<byte> token, int body)
    {
        Span<byte> expected = stackalloc byte[MaxTail];
        expected = expected[.._tail];
        Write(Covered(token, body), expected);
        return token[^_tail..].SequenceEqual(expected);
    }

    public override void Correct(Span<byte> token, int body) => Write(Covered(token, body), token[^_tail..]);

    private ReadOnlySpan<byte> Covered(ReadOnlySpan<byte> token, int body) => over switch
    {
        ChecksumOver.Body => token[body..^_tail],
        ChecksumOver.FirstPart => token.Slice(body, firstPart),
        _ => token[..^_tail],
    };

    private void Write(ReadOnlySpan<byte> covered, Span<byte> tail)
    {
        switch (kind)
        {
            case ChecksumKind.Crc32Base62:
                Base62Crc32.Write(covered, tail);
                break;
            case ChecksumKind.Crc32Base36:
                WriteDigits(Crc32.Of(covered), 36, tail);
                break;
            case ChecksumKind.Crc32Base64:
                WriteBase64(Crc32.Of(covered), tail);
                break;
            default:
                WriteDigits(Crc32.Of(covered), 16, tail);
                break;
        }

        if (kind == ChecksumKind.Crc32HexUpper)
        {
            System.Text.Ascii.ToUpperInPlace(tail, out _);
        }
    }

    private static void WriteDigits(uint value, uint radix, Span<byte> tail)
    {
        for (var i = tail.Length - 1; i >= 0; i--)
        {
            tail[i] = (byte)Digits[(int)(value % radix)];
            value /= radix;
        }
    }

    private static void WriteBase64(uint value, Span<byte> tail)
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        Span<byte> padded = stackalloc byte[8];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        System.Buffers.Text.Base64.EncodeToUtf8(bytes, padded, out _, out _);
        padded[..tail.Length].CopyTo(tail);
    }
}
