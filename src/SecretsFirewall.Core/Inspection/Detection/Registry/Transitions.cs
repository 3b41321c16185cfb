using SecretsFirewall.Inspection.Detection.Rules.Scanning;

namespace SecretsFirewall.Inspection.Detection.Registry;

/// <summary>
/// Where in a text the windows of forms are looked for: where letters and digits meet, in either order, or two capitals stand side by side. Nearly every
/// secret has such a place, in every form; words, and names made of words, have none, so that ordinary text has few. For forms that have none either,
/// pairs of bytes are added that ordinary text seldom has.
/// </summary>
internal sealed class Transitions
{
    private const int TableLength = 128;

    // The kinds of transitions: a bit of the byte before for what it begins, the same bit of the byte behind for what it ends.
    private const byte DigitBehindLetter = 1;
    private const byte LetterBehindDigit = 2;
    private const byte CapitalBehindCapital = 4;
    private const byte Added = 8;

    // Of the byte before alone: windows of forms have it.
    private const byte Member = 0x80;

    // By seven bits of a byte: a byte above 127 is taken for another, which only makes a window more.
    private readonly AlignedBytes _before = new(TableLength);
    private readonly AlignedBytes _behind = new(TableLength);

    // Of ordinary text, how much begins and ends what was added.
    private double _shareBefore;
    private double _shareBehind;

    public Transitions()
    {
        for (var b = '0'; b <= 'z'; b++)
        {
            var (isDigit, isLetter, isCapital) = (char.IsAsciiDigit(b), char.IsAsciiLetter(b), char.IsAsciiLetterUpper(b));
            var capital = isCapital ? CapitalBehindCapital : 0;
            _before.Span[b] = (byte)((isLetter ? DigitBehindLetter : 0) | (isDigit ? LetterBehindDigit : 0) | capital);
            _behind.Span[b] = (byte)((isDigit ? DigitBehindLetter : 0) | (isLetter ? LetterBehindDigit : 0) | capital);
        }
    }

    /// <summary>By seven bits of the byte before; the highest bit of an entry says that windows have it.</summary>
    public ref byte Before => ref _before.First;

    /// <summary>By seven bits of the byte behind. A transition lies where it and that of the byte before have a bit in common.</summary>
    public ref byte Behind => ref _behind.First;

    public bool IsTransition(byte before, byte behind) => (_before.Span[IndexOf(before)] & _behind.Span[IndexOf(behind)]) != 0;

    /// <summary>How much of ordinary text would be one of the added transitions, with this one.</summary>
    public double ShareWith(byte before, byte behind) =>
        (_shareBefore + ShareOfNew(_before, before)) * (_shareBehind + ShareOfNew(_behind, behind));

    /// <summary>All of the added bytes before make one with all of those behind.</summary>
    public void Add(byte before, byte behind)
    {
        _shareBefore += ShareOfNew(_before, before);
        _shareBehind += ShareOfNew(_behind, behind);
        _before.Span[IndexOf(before)] |= Added;
        _behind.Span[IndexOf(behind)] |= Added;
    }

    public void AddMember(byte b) => _before.Span[IndexOf(b)] |= Member;

    private static int IndexOf(byte b) => b & (TableLength - 1);

    private static double ShareOfNew(AlignedBytes table, byte b) => (table.Span[IndexOf(b)] & Added) != 0 ? 0 : ByteFrequencies.OfByte(b);
}
