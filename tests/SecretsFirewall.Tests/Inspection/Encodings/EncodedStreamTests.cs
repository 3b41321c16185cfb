using SecretsFirewall.Inspection.Detection;
using static SecretsFirewall.Tests.Inspection.Samples;

namespace SecretsFirewall.Tests.Inspection.Encodings;

public class EncodedStreamTests
{
    // A cut in the first letters of base32 in lower case is no different from one in a word: those are not held back.
    public static TheoryData<string> Names => [.. Spelling.All.Select(spelling => spelling.Name).Where(name => !name.Contains("lower case"))];

    /// <summary>Whatever is written of a beginning, no finding of the whole begins in it that is not known by then.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void EarliestOpen_EverySpellingCutAnywhere_LeavesOnlyWhatIsFinal(string name)
    {
        var spelling = Spelling.All.Single(one => one.Name == name);
        var random = new Random(3);
        for (var round = 0; round < 20; round++)
        {
            var isValue = round % 2 == 0;
            var value = isValue ? Token(random, random.Next(20, 50)) : AgentToken(random);
            var snapshot = isValue ? Snapshot(("it", value), ("other", Token(random, 30))) : Snapshot();
            AssertOpen(snapshot, EncodedSearchTests.InContext(spelling, value, random));
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Write_EverySpellingSplitAnywhere_GivesWhatTheWholeGives(string name)
    {
        var spelling = Spelling.All.Single(one => one.Name == name);
        var random = new Random(4);
        for (var round = 0; round < 6; round++)
        {
            var isValue = round % 2 == 0;
            var value = isValue ? Token(random, random.Next(20, 50)) : AgentToken(random);
            var snapshot = isValue ? Snapshot(("it", value), ("other", Token(random, 30))) : Snapshot();
            var text = EncodedSearchTests.InContext(spelling, value, random);
            var whole = snapshot.MaskWhole(text);
            AssertSame(whole, snapshot.MaskByteByByte(text), text, "byte by byte");
            for (var cut = 1; cut < text.Length; cut++)
            {
                AssertSame(whole, snapshot.MaskInChunks(text, cut), text, $"cut at {cut}");
            }
        }
    }

    /// <summary>Of a long run that is no text, only the end is decoded to see what is open: what begins there is held all the same.</summary>
    [Fact]
    public void Write_TokenInALongRunThatIsNoTextSplitAnywhere_GivesWhatTheWholeGives()
    {
        var random = new Random(5);
        var data = new byte[6_000];
        random.NextBytes(data);
        var token = Bytes(AgentToken(random));
        token.CopyTo(data.AsSpan(5_500));
        (data[5_499], data[5_500 + token.Length]) = (0, 0);
        var (snapshot, text) = (Snapshot(), Bytes(Convert.ToBase64String(data)));
        var whole = snapshot.MaskWhole(text);
        Assert.False(whole.AsSpan().SequenceEqual(text));
        for (var cut = 5_490 / 3 * 4; cut < 5_550 / 3 * 4; cut++)
        {
            AssertSame(whole, snapshot.MaskInChunks(text, cut), text, $"cut at {cut}");
        }
    }

    private static void AssertSame(byte[] whole, byte[] stream, byte[] text, string how) => Assert.True(
        whole.AsSpan().SequenceEqual(stream),
        $"{how}\ntext   {Show(text)}\nwhole  {Show(whole)}\nstream {Show(stream)}");

    internal static void AssertOpen(DetectionSnapshot snapshot, byte[] text)
    {
        var whole = snapshot.Find(text).Select(one => (one, Extent(text, one))).ToList();
        for (var cut = 1; cut < text.Length; cut++)
        {
            var beginning = text[..cut];
            var found = new List<Detection>();
            var open = snapshot.Search(beginning, 0, cut, isLast: false, found, new WorkBudget());
            open -= Base64Quads.ReachBefore(beginning, open);
            open = found.Select(one => Extent(beginning, one)).Where(one => one.End > open).Select(one => one.Start).Append(open).Min();
            var known = found.Where(one => Extent(beginning, one).End <= open).ToList();
            var final = whole.Where(one => one.Item2.Start < open).Select(one => one.one).ToList();
            Assert.True(known.SequenceEqual(final), $"cut at {cut}, open at {open}, {known.Count} known, {final.Count} final: {Show(final)}\ntext   {Show(text)}\ncut    {Show(beginning)}\nopen   {Show(beginning[open..])}");
        }
    }

    internal static string Show(byte[] text) => string.Concat(text.Select(b => b is >= 0x20 and < 0x7F ? ((char)b).ToString() : $"<{b:X2}>"));

    private static string Show(List<Detection> detections) => string.Join(' ', detections.Select(one => $"{one.Start}+{one.Length} {one.Form}"));

    private static (int Start, int End) Extent(byte[] text, Detection detection)
    {
        var (start, end) = ((int)detection.Start, (int)detection.End);
        Base64Quads.Widen(text, detection.Form, detection.Alignment, ref start, ref end);
        return (start, end);
    }
}
