using System.Buffers;

namespace SecretsFirewall.Inspection.Detection.Rules;

/// <summary>What stands at the end of a token, over the characters between prefix and checksum.</summary>
internal enum TokenChecksum
{
    None = 0,

    /// <summary>CRC-32 (IEEE 802.3) in base62 (<c>0-9A-Za-z</c>), padded with zeros on the left, as GitHub's tokens have it.</summary>
    Crc32Base62,
}

/// <summary>
/// A token format as data: prefix, body, checksum. A valid checksum tells a token from a look-alike; an invalid one does not suppress the
/// finding, since a provider may change its checksum and a cut token is still most of a secret.
/// </summary>
/// <param name="Id">The rule's id; part of the name that masks.</param>
/// <param name="Prefix">ASCII, at least four bytes; no character sequence of the body can contain it.</param>
/// <param name="Alphabet">The characters of body and checksum.</param>
/// <param name="BodyLength">Characters between prefix and checksum.</param>
internal sealed record TokenFormat(string Id, string Prefix, string Alphabet, int BodyLength, TokenChecksum Checksum)
{
    private readonly byte[] _prefix = System.Text.Encoding.ASCII.GetBytes(Prefix);
    private readonly SearchValues<byte> _alphabet = SearchValues.Create(System.Text.Encoding.ASCII.GetBytes(Alphabet));

    public ReadOnlySpan<byte> PrefixBytes => _prefix;

    /// <summary>The one length of a token, which is also how much of a stream may have to wait.</summary>
    public int Length => Prefix.Length + BodyLength + ChecksumLength;

    private int ChecksumLength => Checksum == TokenChecksum.Crc32Base62 ? Base62Crc32.Length : 0;

    /// <summary>True if a token starts at the first byte of <paramref name="text"/>.</summary>
    public bool IsAtStartOf(ReadOnlySpan<byte> text) =>
        text.Length >= Length && text.StartsWith(_prefix) && !text[Prefix.Length..Length].ContainsAnyExcept(_alphabet);

    /// <summary>True if all of <paramref name="text"/> is a proper prefix of a token.</summary>
    public bool IsOpen(ReadOnlySpan<byte> text) =>
        text.Length <= Prefix.Length
            ? _prefix.AsSpan().StartsWith(text)
            : text.Length < Length && text.StartsWith(_prefix) && !text[Prefix.Length..].ContainsAnyExcept(_alphabet);

    /// <summary>True if <paramref name="token"/> has this format and its checksum fits (or there is none).</summary>
    public bool HasValidChecksum(ReadOnlySpan<byte> token) =>
        token.Length == Length
        && IsAtStartOf(token)
        && (Checksum == TokenChecksum.None || Base62Crc32.Matches(token[Prefix.Length..^ChecksumLength], token[^ChecksumLength..]));
}
