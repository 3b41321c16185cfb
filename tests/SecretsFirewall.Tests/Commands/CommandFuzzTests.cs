using System.Text;
using SecretsFirewall.Bundles;
using SecretsFirewall.Commands;

namespace SecretsFirewall.Tests.Commands;

/// <summary>Damaged and made-up lines get a verdict, whatever they are. Seeded, so that a failure comes again; <c>SFW_FUZZ_ROUNDS</c> for a longer run.</summary>
public sealed class CommandFuzzTests
{
    private static readonly int Rounds = int.TryParse(Environment.GetEnvironmentVariable("SFW_FUZZ_ROUNDS"), out var rounds) ? rounds : 2_500;

    private static readonly string[] Pieces =
        ["rm", " -rf", " /", "$(", ")", "`", "\"", "'", "\\", "\n", ";", "&&", "||", "|", "&", "<<E\n", "E\n", "<<<", ">", "<(", "{", "}", ",", "$x", "${x:-", "$((", "))", "[[", " ]]", "((", "if ", " then ", "fi", "for i in ", " do ", " done", "case a in ", "esac", ";;", "f() ", "#", "=", "x=", "$'\\x", "\\0", "~", "*", "?", "eval ", "sh -c ", "xargs ", "find . -exec ", "base64 -d", "echo ", "env -S ", "pwsh -c ", "psql -c ", "@'", "@{", "::", "[", "]", ".", "(", "%", "cmd /c ", "printf ", "while ", "trap ", "\0", "\ud800", "é", "cd /", "read x", "--", "-", "!", "$", "$@", "set -- "];

    private static readonly CommandClassifier Classifier = new(ShippedCommands.Table);

    [Fact]
    public void Classify_MadeUpAndDamagedLines_GiveAVerdict()
    {
        var random = new Random(20261121);
        var sound = CommandCorpusTests.Lines().Select(line => line.Line).ToArray();
        var (parsed, refused) = (0, 0);
        for (var i = 0; i < Rounds; i++)
        {
            var line = i % 2 == 0 ? Damage(sound[random.Next(sound.Length)], random) : string.Concat(Enumerable.Range(0, random.Next(1, 24)).Select(_ => Pieces[random.Next(Pieces.Length)]));
            foreach (var language in Enum.GetValues<CommandLanguage>())
            {
                var verdict = Classifier.Classify(line, language);
                Assert.True(verdict.IsParsed || verdict.Class <= CommandClass.Red, line);
                (parsed, refused) = verdict.IsParsed ? (parsed + 1, refused) : (parsed, refused + 1);
            }
        }

        Assert.True(parsed > 0 && refused > 0);
    }

    // Quadratic or worse work on 40 000 characters would not come to an end within the life of a build.
    [Fact]
    public void Classify_LongRepetitions_ComeToAnEnd()
    {
        foreach (var piece in Pieces)
        {
            var line = new StringBuilder().Insert(0, piece, 40_000 / piece.Length).ToString();
            foreach (var language in Enum.GetValues<CommandLanguage>())
            {
                Assert.NotNull(Classifier.Classify(line, language));
                Assert.NotNull(Classifier.Classify("echo " + line, language));
            }
        }
    }

    private static string Damage(string text, Random random)
    {
        var damaged = new StringBuilder(text);
        for (var edits = random.Next(1, 5); edits > 0 && damaged.Length > 0; edits--)
        {
            var at = random.Next(damaged.Length);
            switch (random.Next(4))
            {
                case 0:
                    damaged[at] = (char)random.Next(1, 256);
                    break;
                case 1:
                    damaged.Remove(at, random.Next(1, Math.Min(8, damaged.Length - at) + 1));
                    break;
                case 2:
                    damaged.Insert(at, Pieces[random.Next(Pieces.Length)]);
                    break;
                default:
                    damaged.Insert(at, damaged.ToString(at, random.Next(1, Math.Min(20, damaged.Length - at) + 1)));
                    break;
            }
        }

        return damaged.ToString();
    }
}
