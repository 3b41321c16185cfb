using System.Text;
using SecretsFirewall.Inspection.Detection.Encodings;

namespace SecretsFirewall.Tests.Inspection.Encodings;

/// <summary>What is refused at a glance is what the full look would refuse.</summary>
public sealed class GlanceTests
{
    private const string Characters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    [Fact]
    public void Base64IsTextAtThePhasesAtWhichItDecodesToText()
    {
        var random = new Random(1);
        var texts = 0;
        for (var i = 0; i < 3_000; i++)
        {
            var secret = Convert.ToBase64String(Encoding.ASCII.GetBytes(random.GetString(Characters, random.Next(9, 18)))).TrimEnd('=');
            var run = Encoding.ASCII.GetBytes(random.GetString(Characters, random.Next(90)) + secret + random.GetString(Characters, random.Next(90)));
            var phases = Base64Text.PhasesOf(run);
            for (var phase = 0; phase < RunCodec.Base64.Characters; phase++)
            {
                var isText = IsTextAt(run, phase);
                texts += isText ? 1 : 0;

                // Where the processor cannot look, nothing is refused.
                Assert.True(phases == Base64Text.AllPhases || (phases & (1 << phase)) != 0 == isText, $"{Encoding.ASCII.GetString(run)} at {phase}");
            }
        }

        Assert.InRange(texts, 1_500, 6_000);
    }

    [Fact]
    public void NoRowOfHexWordsIsRefusedAtAGlance()
    {
        var random = new Random(2);
        var rows = 0;
        string[] pieces = ["41", "4142", "0x41", "0x", "6", "g", ", ", " ", ":", "\\n  ", "\n", "-", "|", "\"", "414243444", "   ", "x"];
        for (var i = 0; i < 20_000; i++)
        {
            var text = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, 12).Select(_ => pieces[random.Next(random.Next(3) == 0 ? pieces.Length : 9)])).PadRight(80, '.'));
            for (var at = 0; at < text.Length - 64; at++)
            {
                if (HexWords.IsRow(text, at, HexWords.MinRow - 1))
                {
                    rows++;
                    Assert.True(HexWords.MayBeRow(text, at), Encoding.ASCII.GetString(text));
                }
            }
        }

        Assert.InRange(rows, 100, int.MaxValue);
    }

    [Fact]
    public void LongRunsAreFoundWhereverTheyBegin()
    {
        var random = new Random(3);
        var found = 0;
        for (var i = 0; i < 6_000; i++)
        {
            var text = new StringBuilder();
            while (text.Length < 200)
            {
                // Near the length that counts, in front and behind.
                text.Append(random.GetString(Characters, random.Next(4) == 0 ? random.Next(60) : random.Next(20, 27))).Append(random.GetString(" .\"", random.Next(1, 4)));
            }

            var bytes = Encoding.ASCII.GetBytes(text.ToString()[..random.Next(text.Length)]);
            var from = random.Next(Math.Min(70, bytes.Length + 1));
            var expected = FirstLongRun(bytes, from);
            found += expected >= 0 ? 1 : 0;
            Assert.Equal(expected, LongRuns.Next<RunCharacters.Base64>(bytes, from));
        }

        Assert.InRange(found, 2_000, 5_000);
    }

    [Fact]
    public void ATriggerIsFoundOnceWhereverItStands()
    {
        var stretches = new List<EncodedStretch>();
        for (var length = 3; length < 270; length++)
        {
            for (var at = 0; at <= length - 3; at++)
            {
                var text = Encoding.ASCII.GetBytes(new string('.', at) + "%41" + new string('.', length - at - 3));
                TriggerFinder.Find(text, 0, stretches);
                Assert.Equal((at, at + 3), Assert.Single(stretches.Select(stretch => (stretch.Start, stretch.End))));
            }
        }
    }

    private static int FirstLongRun(ReadOnlySpan<byte> text, int from)
    {
        var run = 0;
        for (var at = from; at < text.Length; at++)
        {
            run = Characters.Contains((char)text[at], StringComparison.Ordinal) ? run + 1 : 0;
            if (run == RunText.MinLine)
            {
                return at - RunText.MinLine + 1;
            }
        }

        return -1;
    }

    private static bool IsTextAt(ReadOnlySpan<byte> run, int phase)
    {
        var bytes = new byte[run.Length];
        var length = RunCodec.Base64.Decode(run[phase..], bytes);
        return TextBytes.TryFindNext(bytes.AsSpan(0, length), 0, out _, out _);
    }
}
