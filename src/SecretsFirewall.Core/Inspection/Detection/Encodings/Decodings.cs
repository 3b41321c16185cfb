namespace SecretsFirewall.Inspection.Detection.Encodings;

/// <summary>The ways in which a stretch of text is worth decoding. Each makes a view of its own.</summary>
[Flags]
internal enum Decodings
{
    None = 0,

    /// <summary>Backslash escapes, percent, entities, characters that nobody sees, full-width letters: side by side in one view.</summary>
    Escapes = 1,

    /// <summary>The same, with <c>+</c> as a blank (WHATWG application/x-www-form-urlencoded).</summary>
    Form = 2,

    /// <summary>RFC 2045 section 6.7.</summary>
    QuotedPrintable = 4,

    /// <summary>Two bytes a character, the visible ones at even positions.</summary>
    Utf16Even = 8,

    Utf16Odd = 16,

    /// <summary>Hex with something between the bytes: <c>41:42</c>, <c>0x41, 0x42</c>.</summary>
    HexWords = 32,
}

/// <summary>From the first to behind the last of the triggers that stand near one another, and what they call for.</summary>
internal readonly record struct EncodedStretch(int Start, int End, Decodings Decodings);
