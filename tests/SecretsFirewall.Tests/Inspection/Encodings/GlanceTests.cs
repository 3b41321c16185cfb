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

    private static bool IsTextAt(ReadOnlySpan<byte> run, int phase)
    {
        var bytes = new byte[run.Length];
        var length = RunCodec.Base64.Decode(run[phase..], bytes);
        return TextBytes.TryFindNext(bytes.AsSpan(0, length), 0, out _, out _);
    }
}
