using System.Text;

namespace SecretsFirewall.Inspection.Detection.Rules.Checksums;

/// <summary>The checksum of BIP 173 over the human-readable part (all before the last <c>1</c>) and the data, in either case.</summary>
internal sealed class Bech32 : Checksum
{
    private const int TailLength = 6;
    private const string Alphabet = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";

    public override bool IsValid(ReadOnlySpan<byte> token, int body) =>
        token.Length - body > TailLength && Remainder(token, body, token[body..]) == 1;

    public override void Correct(Span<byte> token, int body)
    {
        var tail = token[^TailLength..];
        tail.Fill((byte)'q'); // the digit zero
        var missing = Remainder(token, body, token[body..]) ^ 1;
        for (var i = 0; i < TailLength; i++)
        {
            tail[i] = (byte)Alphabet[(int)(missing >> (5 * (TailLength - 1 - i))) & 31];
        }

        if (token[..body].ContainsAnyInRange((byte)'A', (byte)'Z'))
        {
            Ascii.ToUpperInPlace(token[body..], out _);
        }
    }

    private static uint Remainder(ReadOnlySpan<byte> token, int body, ReadOnlySpan<byte> data)
    {
        var readable = token[..(body - 1)]; // without the separator
        var state = 1u;
        foreach (var b in readable)
        {
            state = Step(state) ^ (uint)(Lower(b) >> 5);
        }

        state = Step(state);
        foreach (var b in readable)
        {
            state = Step(state) ^ (uint)(Lower(b) & 31);
        }

        foreach (var b in data)
        {
            state = Step(state) ^ (uint)Alphabet.IndexOf((char)Lower(b));
        }

        return state;
    }

    private static int Lower(byte b) => char.ToLowerInvariant((char)b);

    private static uint Step(uint state)
    {
        ReadOnlySpan<uint> generator = [0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3];
        var top = state >> 25;
        var next = (state & 0x1FFFFFF) << 5;
        for (var i = 0; i < generator.Length; i++)
        {
            next ^= ((top >> i) & 1) * generator[i];
        }

        return next;
    }
}
