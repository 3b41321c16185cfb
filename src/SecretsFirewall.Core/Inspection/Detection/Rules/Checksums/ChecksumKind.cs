namespace SecretsFirewall.Inspection.Detection.Rules.Checksums;

/// <summary>The checksums that rules may name.</summary>
internal enum ChecksumKind
{
    /// <summary>CRC-32 in 6 digits of <c>0-9A-Za-z</c>, as GitHub's tokens end.</summary>
    Crc32Base62 = 0,

    /// <summary>CRC-32 in 7 digits of <c>0-9a-z</c>, as GitLab's routable tokens end.</summary>
    Crc32Base36,

    /// <summary>CRC-32 in 8 lower-case hexadecimal digits.</summary>
    Crc32Hex,

    /// <summary>CRC-32 in 8 upper-case hexadecimal digits, as Atlassian's tokens end.</summary>
    Crc32HexUpper,

    /// <summary>The little-endian bytes of a CRC-32 in base64 without padding, as Confluent's secrets end.</summary>
    Crc32Base64,

    /// <summary>The six characters of BIP 173, over the human-readable part as well.</summary>
    Bech32,

    /// <summary>The last digit of a payment card's number (ISO/IEC 7812-1 annex B).</summary>
    Luhn,

    /// <summary>The check digits of an IBAN (ISO 13616, ISO 7064 MOD 97-10).</summary>
    Mod97,
}

/// <summary>What a checksum at the end of a token is computed over.</summary>
internal enum ChecksumOver
{
    /// <summary>All between the literal and the checksum.</summary>
    Body = 0,

    /// <summary>All before the checksum, the literal included.</summary>
    Token,

    /// <summary>The first part of the body.</summary>
    FirstPart,
}
