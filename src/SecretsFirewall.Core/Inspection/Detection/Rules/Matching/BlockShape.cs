using System.Collections.Immutable;
using System.Numerics;

namespace SecretsFirewall.Inspection.Detection.Rules.Matching;

/// <summary>
/// From a begin line to its end line: PEM (RFC 7468) and what looks like it, over several lines or with its line ends escaped to any depth.
/// Where the end line is missing, the block reaches to its last line of payload, so that a cut key is found too.
/// </summary>
internal sealed class BlockShape(ImmutableArray<byte[]> ends, int minRun, int maxLength) : RuleShape
{
    // A last line may be shorter than the others.
    private const int MinLastRun = 16;

    // Base64, header fields, line ends as they are or escaped, and the quotes, commas and plus signs of a text that is written line by line.
    private static readonly ByteSet Body = Alphabets.Parse("base64 [=\t\r\n \\\"',:.;()%_-]");

    private static ReadOnlySpan<byte> White => " \t\r\n"u8;

    private static readonly ByteSet Payload = Alphabets.Parse("base64");

    /// <summary>How many characters of payload must stand in one line: prose about keys has none so long.</summary>
    public int MinRun => minRun;

    public ReadOnlySpan<byte> EndOf(int literal) => ends[literal];

    public override int LookBehind => 0;

    public override int Context(int literalLength) => 0;

    public override int Reach(int literalLength) => maxLength;

    public override int MaxLength(int literalLength) => maxLength;

    public override RuleMatch Match(ReadOnlySpan<byte> text, int at, int literalLength)
    {
        var window = text.Slice(at, Math.Min(text.Length - at, maxLength));
        var rest = window[literalLength..];
        var fence = rest.IndexOf("----"u8);
        var inside = fence < 0 ? rest : rest[..fence];
        var body = inside[..Body.RunAt(inside, inside.Length)];
        body = body[..EndOfValue(rest, body.Length, out var isUndecided)];
        var (longest, payloadEnd) = MeasurePayload(body);
        var end = body.Length == fence ? EndAt(rest[fence..]) : 0;

        // More bytes matter while the body goes on to the text's end, or its end line has not come whole.
        var isOpen = window.Length < maxLength
            && (isUndecided || (end == 0 && (fence < 0 ? body.Length == rest.Length : body.Length == fence && IsBeginOfEnd(rest[fence..]))));
        return longest >= minRun ? new RuleMatch(at, literalLength + (end > 0 ? fence + end : payloadEnd), literalLength, isOpen)
            : isOpen ? RuleMatch.OpenFrom(at) : RuleMatch.None;
    }

    /// <summary>
    /// A block may be written as several strings, but not across the name of a member of a JSON object: a reference in its place would leave no
    /// object. A name is a string with a colon behind it.
    /// </summary>
    /// <param name="length">Of the body, with which <paramref name="rest"/> begins.</param>
    /// <param name="isUndecided">Where the body's last string ends has not come.</param>
    /// <returns>Where the first string begins that is a name, or ends if the block began in it; the body's length if there is none.</returns>
    private static int EndOfValue(ReadOnlySpan<byte> rest, int length, out bool isUndecided)
    {
        isUndecided = false;
        var (opening, depth) = (-1, 0);
        for (var at = 0; ; at++)
        {
            var next = rest[at..].IndexOf((byte)'"');
            at += next;
            var own = next < 0 ? depth : DepthOf(rest[..at]);
            if (opening >= 0 && own > depth)
            {
                continue; // a quote inside the string
            }

            opening = own < depth ? -1 : opening; // it ends the string around those before
            depth = own;
            if (opening < 0 && (next < 0 || at >= length))
            {
                return length; // all in one string
            }

            var behind = next < 0 ? [] : rest[(at + 1)..].TrimStart(White);
            if (behind.StartsWith(":"u8))
            {
                return opening < 0 ? at : opening;
            }

            if (next < 0 || at >= length)
            {
                isUndecided = behind.IsEmpty;
                return length;
            }

            opening = at;
        }
    }

    /// <summary>How often a quote behind this text is escaped: each level doubles the backslashes of the one below and adds its own.</summary>
    private static int DepthOf(ReadOnlySpan<byte> before)
    {
        var backslashes = before.Length - 1 - before.LastIndexOfAnyExcept((byte)'\\');
        return BitOperations.TrailingZeroCount(~backslashes);
    }

    private bool IsBeginOfEnd(ReadOnlySpan<byte> text)
    {
        foreach (var end in ends)
        {
            if (end.AsSpan().StartsWith(text))
            {
                return true;
            }
        }

        return false;
    }

    private int EndAt(ReadOnlySpan<byte> text)
    {
        foreach (var end in ends)
        {
            if (text.StartsWith(end))
            {
                return end.Length;
            }
        }

        return 0;
    }

    private static (int Longest, int End) MeasurePayload(ReadOnlySpan<byte> body)
    {
        var (longest, end) = (0, 0);
        var isApart = false;
        for (var at = 0; at < body.Length; at++)
        {
            if (body[at] == '\\')
            {
                var letter = body[at..].IndexOfAnyExcept((byte)'\\');
                at = letter < 0 ? body.Length : at + letter; // and so past the letter of an escaped line end
                isApart ^= letter >= 0 && body[at] == '"' && DepthOf(body[..at]) == 0;
                continue;
            }

            // Between the strings that a block is written as stands none of it, but perhaps a number.
            isApart ^= body[at] == '"';
            var run = isApart ? 0 : Payload.RunAt(body[at..], body.Length);
            longest = Math.Max(longest, run);
            end = run >= MinLastRun ? at + run : end;
            at += Math.Max(0, run - 1);
        }

        return (longest, end);
    }
}
