using System.Buffers;

namespace SecretsFirewall.Inspection.Detection.Encodings;

/// <summary>An encoding that writes groups of bytes as groups of characters. A run of them may begin inside a group, so that each phase is tried.</summary>
internal abstract class RunCodec
{
    public static readonly RunCodec Base64 = new Base64Codec();

    public static readonly RunCodec Base32 = new Base32Codec();

    public static readonly RunCodec Hex = new HexCodec();

    /// <summary>Of a whole group.</summary>
    public abstract int Characters { get; }

    public abstract int Bytes { get; }

    /// <summary>The character of no bits.</summary>
    protected abstract byte Zero { get; }

    /// <summary>Writes the bytes of the whole groups and what whole bytes the rest spells; returns their number.</summary>
    /// <param name="characters">Of the alphabet only, base64 in that of RFC 4648 section 4.</param>
    public abstract int Decode(ReadOnlySpan<byte> characters, Span<byte> bytes);

    /// <summary>The reverse, without padding.</summary>
    public abstract byte[] Encode(ReadOnlySpan<byte> bytes);

    /// <summary>The byte behind the whole ones of a group that is cut, its missing bits zero.</summary>
    public byte NextByte(ReadOnlySpan<byte> rest)
    {
        Span<byte> group = stackalloc byte[8];
        Span<byte> bytes = stackalloc byte[8];
        group = group[..Characters];
        group.Fill(Zero);
        rest.CopyTo(group);
        Decode(group, bytes);
        return bytes[BytesIn(rest.Length)];
    }

    /// <summary>How many bytes so many characters spell in whole.</summary>
    public int BytesIn(int characters) => (int)((long)characters * Bytes / Characters);

    private static byte[] ValuesOf(string alphabet)
    {
        var values = new byte[256];
        foreach (var (value, character) in alphabet.Index())
        {
            values[character] = (byte)value;
        }

        return values;
    }

    private static void DecodeBits(ReadOnlySpan<byte> characters, Span<byte> bytes, int bits, byte[] values)
    {
        var (collected, count, written) = (0, 0, 0);
        foreach (var character in characters)
        {
            collected = (collected << bits) | values[character];
            count += bits;
            if (count >= 8)
            {
                count -= 8;
                bytes[written++] = (byte)(collected >> count);
                collected &= (1 << count) - 1;
            }
        }
    }

    private sealed class Base64Codec : RunCodec
    {
        private static readonly byte[] Values = ValuesOf("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");

        public override int Characters => 4;

        public override int Bytes => 3;

        protected override byte Zero => (byte)'A';

        public override int Decode(ReadOnlySpan<byte> characters, Span<byte> bytes)
        {
            var whole = characters.Length / 4 * 4;
            if (System.Buffers.Text.Base64.DecodeFromUtf8(characters[..whole], bytes, out _, out var written, isFinalBlock: false) != OperationStatus.Done)
            {
                throw new InvalidOperationException("A run holds characters that are not of its alphabet.");
            }

            DecodeBits(characters[whole..], bytes[written..], 6, Values);
            return BytesIn(characters.Length);
        }

        public override byte[] Encode(ReadOnlySpan<byte> bytes)
        {
            var encoded = new byte[System.Buffers.Text.Base64.GetMaxEncodedToUtf8Length(bytes.Length)];
            System.Buffers.Text.Base64.EncodeToUtf8(bytes, encoded, out _, out _);
            return encoded.AsSpan().TrimEnd((byte)'=').ToArray();
        }
    }

    private sealed class Base32Codec : RunCodec
    {
        private static readonly byte[] Values = CreateValues();

        private static ReadOnlySpan<byte> Alphabet => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"u8;

        public override int Characters => 8;

        public override int Bytes => 5;

        protected override byte Zero => (byte)'A';

        public override int Decode(ReadOnlySpan<byte> characters, Span<byte> bytes)
        {
            DecodeBits(characters, bytes, 5, Values);
            return BytesIn(characters.Length);
        }

        private static byte[] CreateValues()
        {
            var values = ValuesOf("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567");
            values.AsSpan('A', 26).CopyTo(values.AsSpan('a'));
            return values;
        }

        public override byte[] Encode(ReadOnlySpan<byte> bytes)
        {
            var encoded = new byte[((8 * bytes.Length) + 4) / 5];
            for (var i = 0; i < encoded.Length; i++)
            {
                var bit = 5 * i;
                var pair = (bytes[bit / 8] << 8) | ((bit / 8) + 1 < bytes.Length ? bytes[(bit / 8) + 1] : 0);
                encoded[i] = Alphabet[(pair >> (11 - (bit % 8))) & 31];
            }

            return encoded;
        }
    }

    private sealed class HexCodec : RunCodec
    {
        public override int Characters => 2;

        public override int Bytes => 1;

        protected override byte Zero => (byte)'0';

        public override int Decode(ReadOnlySpan<byte> characters, Span<byte> bytes)
        {
            Convert.FromHexString(characters[..(characters.Length / 2 * 2)], bytes, out _, out var written);
            return written;
        }

        public override byte[] Encode(ReadOnlySpan<byte> bytes)
        {
            var encoded = new byte[2 * bytes.Length];
            Convert.TryToHexStringLower(bytes, encoded, out _);
            return encoded;
        }
    }
}
