using System.Collections.Immutable;
using SecretsFirewall.Inspection.Detection.Rules.Matching;

namespace SecretsFirewall.Inspection.Detection.Rules.Examples;

/// <summary>Makes up a secret of a rule's format. Nobody issued it.</summary>
internal static class SecretSample
{
    // A random value may hold a stop word or repeat itself too much by chance.
    private const int MaxTries = 200;

    // Lengths are spread over so many characters above the least; the longest has its own variant.
    private const int Spread = 24;

    // As PEM files break their lines.
    private const int LineLength = 64;

    private static readonly ByteSet Base64 = Alphabets.Parse("base64");

    /// <param name="literal">Index of the literal that the secret has, where it has one.</param>
    /// <returns>Null if no secret with the variant's property was found.</returns>
    public static byte[]? Create(DetectionRule rule, int literal, SampleVariant variant, string template)
    {
        var isSecret = variant is SampleVariant.Any or SampleVariant.Shortest or SampleVariant.Longest;
        for (var i = 0; i < MaxTries; i++)
        {
            var random = new SampleRandom(rule.Id, template, (literal * MaxTries) + i);
            var (sample, body) = Build(rule, literal, variant, random);
            Prove(rule, sample, body, variant);
            if (!isSecret || rule.Acceptance.Accepts(sample, body, out _))
            {
                return sample;
            }
        }

        return null;
    }

    private static (byte[] Sample, int Body) Build(DetectionRule rule, int literal, SampleVariant variant, SampleRandom random)
    {
        var text = rule.Literals[literal].Bytes.ToArray();
        switch (rule.Shape)
        {
            case TokenShape token:
                var sample = Parts([.. token.LeadParts.Parts, new TokenPart(text), .. token.Body.Parts], variant, random);
                return (sample, token.Lead + text.Length);
            case AssignmentShape assignment:
                return (Parts(assignment.Value.Parts, variant, random), 0);
            case UrlPasswordShape url:
                return (Parts(url.Password.Parts, variant, random), 0);
            default:
                var block = (BlockShape)rule.Shape;
                return ([.. text, .. Payload(block, variant, random), .. block.EndOf(literal)], text.Length);
        }
    }

    private static byte[] Parts(ImmutableArray<TokenPart> parts, SampleVariant variant, SampleRandom random)
    {
        var last = parts.LastOrDefault(part => !part.IsText && part.Min > 0);
        var largest = parts.Where(part => !part.IsText).MaxBy(part => part.Min);
        var sample = new List<byte>();
        foreach (var part in parts)
        {
            if (part.IsText)
            {
                sample.AddRange(part.Text);
                continue;
            }

            var characters = random.From(part.Set, LengthOf(part, part == last, variant, random));
            if (variant == SampleVariant.Wrong && part == largest && characters.Length > 0)
            {
                characters[characters.Length / 2] = Outside(part.Set);
            }

            sample.AddRange(characters);
        }

        if (variant == SampleVariant.Long)
        {
            sample.Add(parts[^1].IsText ? (byte)'a' : random.From(parts[^1].Set));
        }

        return [.. sample];
    }

    private static int LengthOf(TokenPart part, bool isLast, SampleVariant variant, SampleRandom random) => variant switch
    {
        SampleVariant.Short => part.Min - (isLast ? 1 : 0),
        SampleVariant.Shortest or SampleVariant.Wrong => part.Min,
        SampleVariant.Longest or SampleVariant.Long => part.Max,
        _ => part.Min + random.Below(Math.Min(part.Max - part.Min, Spread) + 1),
    };

    private static byte Outside(ByteSet set)
    {
        foreach (var candidate in "!~ "u8)
        {
            if (!set.Contains(candidate))
            {
                return candidate;
            }
        }

        return 0;
    }

    private static byte[] Payload(BlockShape block, SampleVariant variant, SampleRandom random)
    {
        if (variant is SampleVariant.Short)
        {
            return [.. "\n"u8, .. random.From(Base64, block.MinRun - 1), .. "\n"u8];
        }

        var lines = new List<byte>("\n"u8.ToArray());
        for (var i = 0; i < 6; i++)
        {
            lines.AddRange([.. random.From(Base64, LineLength), .. "\n"u8]);
        }

        return [.. lines, .. random.From(Base64, LineLength / 2), .. "\n"u8];
    }

    private static void Prove(DetectionRule rule, byte[] sample, int body, SampleVariant variant)
    {
        if (rule.Acceptance.Checksum is not { } checksum || variant is SampleVariant.Short or SampleVariant.Long or SampleVariant.Wrong)
        {
            return;
        }

        checksum.Correct(sample, body);
        if (variant == SampleVariant.Unproven)
        {
            sample[^1] = sample[^1] == '0' ? (byte)'2' : (byte)'0'; // characters of every checksum's alphabet
        }
    }
}
