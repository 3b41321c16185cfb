using System.Collections.Immutable;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using SecretsFirewall.Inspection.Detection.Rules.Matching;

namespace SecretsFirewall.Inspection.Detection.Rules.Scanning;

/// <summary>
/// Of names: whether behind a gap, as <see cref="AssignmentGap"/> reads it, there could stand enough characters of a value, and a digit among them.
/// The 64 bytes behind the name are sorted into kinds at once; a mask for each kind has a bit for each byte, and a run of a kind is then one
/// instruction instead of a loop whose end nobody foresees.
/// <code>
///   text      Count",    = \"reader.Next(
///   rest      11111                          the name's last part
///   quoting        1 1111 11                 behind it: an operator, or a word and an operator, or only blanks
///   starts                                   where a run begins that is long enough for a value: here nowhere
/// </code>
/// Whatever is not plain (entities, percent signs, blocks of YAML, pairs, types, a gap that is long) counts as a yes: so is a no sure, and each
/// step of the gap has only to be seen, not to be understood.
/// </summary>
internal sealed class NameGlance : Glance
{
    // Of the text's end nothing may depend: a value may look this far beyond the window.
    private const int MaxFixedText = 16;
    private const int Window = 64;
    private const int Needed = Window + MaxFixedText;

    // A value's start and, before it, a scheme's word and blank; then the run that is looked for ends in the window.
    private const int MaxRun = 16;
    private const int MinRun = 8;
    private const int MaxScheme = 10;
    private const int FarthestStart = Window - MaxRun - MaxScheme;

    // An annotation of full length behind it ends in the window.
    private const int FarthestOperator = 30;
    private const int FarthestName = 24;
    private const int MaxWord = 22;

    private const byte Rest = 1;
    private const byte Quoting = 2;
    private const byte Soft = 4;
    private const byte Narrow = 8;
    private const byte Wide = 16;
    private const byte Operator = 32;
    private const byte Word = 64;
    private const byte Annotation = 128;

    private const byte Blank = 1;
    private const byte Quote = 2;
    private const byte LineEnd = 4;
    private const byte Special = 8;
    private const byte Prefix = 16;
    private const byte Pair = 32;
    private const byte U = 64;
    private const byte Digit = 128;

    private const int TableLength = 128;

    private static readonly ByteSet NarrowValue = Alphabets.Parse("base62 [+/_=.~-]");
    private static readonly ByteSet WideValue = Alphabets.Parse("base62 [+/_=.~!#$%&*:?@^-]");

    private static readonly AlignedBytes Kinds = KindsOf(
        (Rest, Alphabets.Parse("base62 [_.-]")),
        (Quoting, new ByteSet(" \t\\\"'`])"u8.ToArray())),
        (Soft, new ByteSet(" \t\r\n\\\"'`()[],;"u8.ToArray())),
        (Narrow, NarrowValue),
        (Wide, WideValue),
        (Operator, new ByteSet("=:!|?+-.<>,"u8.ToArray())),
        (Word, Alphabets.Parse("letter [_.*<>?-]")),
        (Annotation, Alphabets.Parse("base62 [_.<>?&| -]")));

    private static readonly AlignedBytes OtherKinds = KindsOf(
        (Blank, new ByteSet(" \t"u8.ToArray())),
        (Quote, new ByteSet("\\\"'`"u8.ToArray())),
        (LineEnd, new ByteSet("nrt"u8.ToArray())),
        (Special, new ByteSet("%&@$|>"u8.ToArray())),
        (Prefix, new ByteSet("bBrRuUfFL"u8.ToArray())),
        (Pair, new ByteSet("vV<"u8.ToArray())),
        (U, new ByteSet("uU"u8.ToArray())),
        (Digit, Alphabets.Parse("digit")));

    private readonly byte _value;
    private readonly int _least;
    private readonly int _leastWithoutDigits;
    private readonly ulong _ifBlank;
    private readonly ulong _ifAssigned;

    private NameGlance(byte value, int least, int leastWithoutDigits, bool hasBlank, bool hasAssigned)
    {
        (_value, _least, _leastWithoutDigits) = (value, Math.Min(least, MaxRun), leastWithoutDigits);
        (_ifBlank, _ifAssigned) = (hasBlank ? 1UL : 0, hasAssigned ? 1UL : 0);
    }

    public static NameGlance? Of(ImmutableArray<DetectionRule> rules)
    {
        var values = rules.Select(NamedValue.Of).ToList();
        var all = values.Aggregate(ByteSet.Empty, (set, value) => set.Union(value.Set));
        var least = values.Min(value => value.Least);
        var kind = all.IsWithin(NarrowValue) ? Narrow : all.IsWithin(WideValue) ? Wide : (byte)0;
        return kind == 0 || least < MinRun || values.Exists(value => value.LongestText > MaxFixedText)
            ? null
            : new NameGlance(
                kind, least, values.Min(value => value.LeastWithoutDigits),
                values.Exists(value => value.Separator == Separator.Blank), values.Exists(value => value.Separator != Separator.Blank));
    }

    public override bool MayFind(ReadOnlySpan<byte> text, int behind)
    {
        if (!Avx512Vbmi.IsSupported || text.Length - behind < Needed)
        {
            return true;
        }

        var bytes = Vector512.LoadUnsafe(ref MemoryMarshal.GetReference(text), (nuint)behind);
        var isAscii = Vector512.GreaterThanOrEqual(bytes.AsSByte(), Vector512<sbyte>.Zero).AsByte();
        var kinds = LookUp(Kinds, bytes) & isAscii;
        var others = LookUp(OtherKinds, bytes) & isAscii;

        var name = RunAt(MaskOf(kinds, Rest), 0);
        if (name > FarthestName)
        {
            return true;
        }

        var backslash = Vector512.Equals(bytes, Vector512.Create((byte)'\\')).ExtractMostSignificantBits();
        var quote = MaskOf(others, Quote);
        var blank = MaskOf(others, Blank);
        var quoting = MaskOf(kinds, Quoting);
        var value = MaskOf(kinds, _value);

        // The letter of an escaped line end is no letter.
        var soft = MaskOf(kinds, Soft) | (MaskOf(others, LineEnd) & (backslash << 1));

        // Quotes and operators as code units (\u0022, u003d) are for the rules.
        var special = MaskOf(others, Special) | (MaskOf(others, U) & (Vector512.Equals(bytes, Vector512.Create((byte)'0')).ExtractMostSignificantBits() >> 1));
        var operators = MaskOf(kinds, Operator) | (Vector512.Equals(bytes, Vector512.Create((byte)'(')).ExtractMostSignificantBits() & (quote >> 1));
        var marks = new Marks(soft, StartsOf(value, _least), special | (MaskOf(others, Prefix) & (quote >> 1)));

        // Directly behind the name: a pair, or blanks alone.
        var pair = name + RunAt(soft, name);
        var isBlank = blank >> name;
        var may = IsFar(pair, FarthestStart) | ((MaskOf(others, Pair) | special) >> pair);
        var starts = isBlank & _ifBlank & 1;
        var hits = marks.StartsBehind(name, ref may) & (0 - starts);

        // An operator, or a word and an operator.
        var words = name + RunAt(blank, name);
        var behindWord = words + RunAt(MaskOf(kinds, Word), words);
        var first = name + RunAt(quoting, name);
        var second = behindWord + RunAt(quoting, behindWord & 63);
        var hasWord = isBlank & (behindWord > words ? 1UL : 0);
        may |= IsFar(first, FarthestOperator) | (hasWord & (IsFar(behindWord - words, MaxWord) | IsFar(second, FarthestOperator)));
        may |= ((special >> first) | (hasWord & (special >> second))) & _ifAssigned;
        if ((may & 1) != 0)
        {
            return true;
        }

        var typed = Vector512.Equals(bytes, Vector512.Create((byte)'=')).ExtractMostSignificantBits() & (blank << 1);
        var annotation = MaskOf(kinds, Annotation);
        var operatorRun = MaskOf(kinds, Operator);
        hits |= BehindOperator(marks, first, operators, operatorRun, annotation, typed, _ifAssigned, ref may);
        hits |= BehindOperator(marks, second, operators, operatorRun, annotation, typed, _ifAssigned & hasWord, ref may);
        return (may & 1) != 0 || (hits != 0 && MayBeValue(hits, value, MaskOf(others, Digit)));
    }

    /// <returns>Where values may begin behind the operator at <paramref name="at"/>, if one is there.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong BehindOperator(
        in Marks marks, int at, ulong operators, ulong operatorRun, ulong annotation, ulong typed, ulong isAsked, ref ulong may)
    {
        var stands = (operators >> at) & isAsked & 1;
        var end = at + 1 + RunAt(operatorRun, at + 1);
        var behindType = end + RunAt(annotation, end & 63);
        var mayHere = IsFar(end, FarthestOperator) | (typed >> behindType);
        var starts = marks.StartsBetween(at + 1, end, ref mayHere);
        may |= mayHere & stands;
        return starts & (0 - stands);
    }

    /// <summary>False if the run at the first of these places has no digit and is too short for a value without one.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool MayBeValue(ulong starts, ulong value, ulong digits)
    {
        var at = BitOperations.TrailingZeroCount(starts);
        var run = RunAt(value, at);
        return at + run >= Window
            || run >= _leastWithoutDigits
            || ((digits >> at) & ((1UL << run) - 1)) != 0
            || (starts >> at >> run) != 0;
    }

    /// <summary>Where runs of at least so many begin, from <see cref="MinRun"/> to <see cref="MaxRun"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong StartsOf(ulong value, int least)
    {
        value &= value >> 1;
        value &= value >> 2;
        value &= value >> 4;
        return value & (value >> (least - MinRun));
    }

    /// <summary>How many bits from <paramref name="at"/> on are set, if there are fewer than to the mask's end.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int RunAt(ulong mask, int at) => BitOperations.TrailingZeroCount(~(mask >> at));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong IsFar(int at, int farthest) => (ulong)(farthest - at) >> 63;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong MaskOf(Vector512<byte> kinds, byte kind) =>
        ~Vector512.Equals(kinds & Vector512.Create(kind), Vector512<byte>.Zero).ExtractMostSignificantBits();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<byte> LookUp(AlignedBytes table, Vector512<byte> bytes) =>
        Avx512Vbmi.PermuteVar64x8x2(
            Vector512.LoadUnsafe(ref table.First), bytes, Vector512.LoadUnsafe(ref table.First, (nuint)Vector512<byte>.Count));

    private static AlignedBytes KindsOf(params ReadOnlySpan<(byte Kind, ByteSet Members)> kinds)
    {
        var table = new AlignedBytes(TableLength);
        foreach (var (kind, members) in kinds)
        {
            foreach (var member in members.Members)
            {
                table.Span[member] |= kind;
            }
        }

        return table;
    }

    /// <param name="Soft">What may stand before a value.</param>
    /// <param name="Starts">Where a run of a value's characters is long enough.</param>
    /// <param name="Special">What is left to the rules.</param>
    private readonly record struct Marks(ulong Soft, ulong Starts, ulong Special)
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public ulong StartsBehind(int at, ref ulong may) => StartsBetween(at, at, ref may);

        /// <summary>The starts from <paramref name="from"/> to the first place behind <paramref name="at"/> that is not soft, and a scheme further.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public ulong StartsBetween(int from, int at, ref ulong may)
        {
            var end = at + RunAt(Soft, at & 63);
            may |= IsFar(end, FarthestStart) | (Special >> end);
            return Starts & (ulong.MaxValue << from) & ~(ulong.MaxValue << 1 << ((end + MaxScheme) & 63));
        }
    }
}
