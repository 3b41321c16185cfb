using System.Collections.Immutable;

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
        var (longest, payloadEnd) = MeasurePayload(body);
        var end = body.Length == fence ? EndAt(rest[fence..]) : 0;

        // More bytes matter while the body goes on to the text's end, or its end line has not come whole.
        var isOpen = window.Length < maxLength && end == 0 && (fence < 0 ? body.Length == rest.Length : body.Length == fence && IsBeginOfEnd(rest[fence..]));
        return longest >= minRun ? new RuleMatch(at, literalLength + (end > 0 ? fence + end : payloadEnd), literalLength, isOpen)
            : isOpen ? RuleMatch.OpenFrom(at) : RuleMatch.None;
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
        for (var at = 0; at < body.Length; at++)
        {
            if (body[at] == '\\')
            {
                var letter = body[at..].IndexOfAnyExcept((byte)'\\');
                at = letter < 0 ? body.Length : at + letter; // and so past the letter of an escaped line end
                continue;
            }

            var run = Payload.RunAt(body[at..], body.Length);
            longest = Math.Max(longest, run);
            end = run >= MinLastRun ? at + run : end;
            at += Math.Max(0, run - 1);
        }

        return (longest, end);
    }
}
