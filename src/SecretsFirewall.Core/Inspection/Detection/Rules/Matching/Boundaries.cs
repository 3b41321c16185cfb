using System.Numerics;

namespace SecretsFirewall.Inspection.Detection.Rules.Matching;

/// <summary>
/// What may not stand beside a token. On the left, a character that is the tail of an escape does not count as itself: in
/// <c>\nTOKEN</c> the <c>n</c> is a line end, in <c>\u000aTOKEN</c> and <c>%0ATOKEN</c> likewise.
/// </summary>
internal sealed class Boundaries(ByteSet notBefore, ByteSet notBehind)
{
    /// <summary>How many bytes before a token are read: a run of backslashes and the <c>uXXXX</c> behind it.</summary>
    public const int LookBehind = MaxBackslashes + 5;

    // JSON in JSON in JSON: there an escape is written with four backslashes, or an odd multiple of them.
    private const int Levels = 3;

    // A longer run is itself text that nobody wrote as a part of a token.
    private const int MaxBackslashes = 16;

    private const int PercentBackslash = 3;

    public ByteSet NotBefore => notBefore;

    public ByteSet NotBehind => notBehind;

    public bool Allow(ReadOnlySpan<byte> text, int start, int length) => AllowEnd(text, start + length) && AllowStart(text, start);

    public bool AllowEnd(ReadOnlySpan<byte> text, int end) => end == text.Length || !notBehind.Contains(text[end]);

    public bool AllowStart(ReadOnlySpan<byte> text, int start) =>
        start == 0 || !notBefore.Contains(text[start - 1]) || EndsInEscape(text[..start]);

    private bool EndsInEscape(ReadOnlySpan<byte> before) => before[^1] switch
    {
        (byte)'n' or (byte)'t' or (byte)'r' or (byte)'b' or (byte)'f' when IsEscaped(before[..^1]) => true,
        _ => IsUnicodeEscape(before) || IsPercentEscape(before),
    };

    private bool IsUnicodeEscape(ReadOnlySpan<byte> before) =>
        before.Length > 5
        && before[^5] == 'u'
        && TryReadHex(before[^4..], out var unit)
        && IsEscaped(before[..^5])
        && !IsForbidden(unit);

    private bool IsPercentEscape(ReadOnlySpan<byte> before) =>
        before.Length > 2 && before[^3] == '%' && TryReadHex(before[^2..], out var value) && !IsForbidden(value);

    private bool IsForbidden(int unit) => unit < 0x80 && notBefore.Contains((byte)unit);

    /// <summary>
    /// Level by level, as a reader would take the escapes off: an odd number of backslashes escapes what follows, an even one is half as
    /// many backslashes of the next level.
    /// </summary>
    private static bool IsEscaped(ReadOnlySpan<byte> before)
    {
        var window = before[Math.Max(0, before.Length - MaxBackslashes)..];
        var run = window.Length - 1 - window.LastIndexOfAnyExcept((byte)'\\');
        while (run * PercentBackslash < window.Length && window[..^(run * PercentBackslash)] is [.., (byte)'%', (byte)'5', (byte)'C' or (byte)'c'])
        {
            run++; // the same in a form or a query
        }

        return run > 0 && BitOperations.TrailingZeroCount(run) < Levels;
    }

    private static bool TryReadHex(ReadOnlySpan<byte> digits, out int value)
    {
        value = 0;
        foreach (var digit in digits)
        {
            if (!char.IsAsciiHexDigit((char)digit))
            {
                return false;
            }

            value = (value << 4) | (digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10);
        }

        return true;
    }
}
