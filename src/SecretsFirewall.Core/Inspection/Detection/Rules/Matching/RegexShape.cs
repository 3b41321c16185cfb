using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;
using SecretsFirewall.Model;

namespace SecretsFirewall.Inspection.Detection.Rules.Matching;

/// <summary>
/// A user's own pattern, asked only where one of its literals stands, in a window of fixed size: time is linear in that, whatever the
/// pattern (<see cref="RegexOptions.NonBacktracking"/>, DETECTION point 2). A byte is a character (ISO 8859-1). Built at the first candidate, since many
/// rules never have one and building takes milliseconds.
/// <code>
///   ├1┤── maxBefore ──┤literal …    ┤1┤      what is matched holds the literal; one byte on either side is read beyond it
///                     ├─ maxLength ─┤        what is found lies here
/// </code>
/// What a match has before its literal is context and never part of the finding: a stream has let it go by then. A stream waits for
/// maxLength bytes behind each literal, since a pattern does not say when it is done.
/// </summary>
/// <param name="secretGroup">0: the first group that took part, else the whole match.</param>
internal sealed class RegexShape(string pattern, int secretGroup, int maxBefore, int maxLength) : RuleShape
{
    // For \b and the like.
    private const int Beyond = 1;

    private readonly Lazy<Regex> _regex = new(() => new Regex(pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant));

    public override int LookBehind => maxBefore + Beyond;

    public override int Context(int literalLength) => LookBehind + maxLength;

    public override int Reach(int literalLength) => maxLength + Beyond;

    public override int MaxLength(int literalLength) => maxLength;

    public override RuleMatch Match(ReadOnlySpan<byte> text, int at, int literalLength)
    {
        var from = Math.Max(0, at - LookBehind);
        var isOpen = text.Length - at < maxLength + Beyond;
        var window = text[from..Math.Min(text.Length, at + maxLength + Beyond)];
        var buffer = TrafficBuffers.Rent(2 * window.Length);
        try
        {
            var characters = MemoryMarshal.Cast<byte, char>(buffer.AsSpan(0, 2 * window.Length));
            Encoding.Latin1.GetChars(window, characters);
            var (secret, length) = SecretIn(characters, at - from, literalLength);
            var start = Math.Max(from + secret, at);
            length = Math.Min(from + secret + length, at + maxLength) - start;
            return length > 0 ? new RuleMatch(start, length, 0, isOpen)
                : isOpen ? RuleMatch.OpenFrom(at) : RuleMatch.None;
        }
        finally
        {
            TrafficBuffers.Return(buffer, 2 * window.Length);
        }
    }

    private (int Start, int Length) SecretIn(ReadOnlySpan<char> window, int literal, int literalLength)
    {
        foreach (var match in _regex.Value.EnumerateMatches(window))
        {
            if (match.Index > literal)
            {
                break;
            }

            if (match.Index + match.Length >= literal + literalLength)
            {
                return GroupOf(window, match);
            }
        }

        return default;
    }

    // Groups are told of strings alone: one is made, of a match that is all but certain to be a finding.
    private (int Start, int Length) GroupOf(ReadOnlySpan<char> window, ValueMatch found)
    {
        if (_regex.Value.GetGroupNumbers().Length == 1)
        {
            return (found.Index, found.Length);
        }

        var match = _regex.Value.Match(window.ToString(), found.Index);
        if (secretGroup > 0)
        {
            return (match.Groups[secretGroup].Index, match.Groups[secretGroup].Length);
        }

        foreach (Group group in match.Groups)
        {
            if (group != match && group.Length > 0)
            {
                return (group.Index, group.Length);
            }
        }

        return (found.Index, found.Length);
    }
}
