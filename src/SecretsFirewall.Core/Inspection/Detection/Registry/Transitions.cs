namespace SecretsFirewall.Inspection.Detection.Registry;

/// <summary>
/// Where letters and digits meet, in either order, or two capitals stand side by side. Nearly every secret has some, in every form; words, and names
/// made of words, have none, so that ordinary text has few.
/// </summary>
internal static class Transitions
{
    /// <summary>The kinds of transitions, a bit for each.</summary>
    public const byte All = DigitBehindLetter | LetterBehindDigit | CapitalBehindCapital;

    private const byte DigitBehindLetter = 1;
    private const byte LetterBehindDigit = 2;
    private const byte CapitalBehindCapital = 4;

    public static bool IsTransition(byte before, byte after) => (From(before) & To(after)) != 0;

    /// <summary>The kinds that a byte begins; the first of two.</summary>
    public static byte From(byte b) => (byte)(
        (char.IsAsciiLetter((char)b) ? DigitBehindLetter : 0) | (char.IsAsciiDigit((char)b) ? LetterBehindDigit : 0) | (char.IsAsciiLetterUpper((char)b) ? CapitalBehindCapital : 0));

    /// <summary>The kinds that it ends.</summary>
    public static byte To(byte b) => (byte)(
        (char.IsAsciiDigit((char)b) ? DigitBehindLetter : 0) | (char.IsAsciiLetter((char)b) ? LetterBehindDigit : 0) | (char.IsAsciiLetterUpper((char)b) ? CapitalBehindCapital : 0));
}
