using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace SecretsFirewall.Inspection.Detection.Rules.Examples;

/// <summary>
/// Fills a template: <c>{secret}</c> (<c>{secret:short}</c>, …) is a made-up secret, <c>{literal}</c> the rule's literal or keyword,
/// <c>{uuid}</c> and the like a look-alike. Braces around anything else are themselves.
/// </summary>
internal static class ExampleTemplate
{
    private static readonly SearchValues<char> Name = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789_:");

    /// <param name="literal">Index of the literal that the example is about.</param>
    public static bool TryFill(
        DetectionRule rule, string template, int literal, bool mustMatch, [NotNullWhen(true)] out RuleExample? example, out string error)
    {
        example = null;
        error = "";
        var text = new List<byte>();
        var (start, length) = (-1, 0);
        var rest = template.AsSpan();
        for (var piece = 0; !rest.IsEmpty; piece++)
        {
            var taken = PlaceholderAt(rest);
            if (taken == 0)
            {
                var next = rest[1..].IndexOf('{');
                taken = next < 0 ? rest.Length : next + 1;
                text.AddRange(Encoding.UTF8.GetBytes(rest[..taken].ToString()));
            }
            else
            {
                var name = rest[1..(taken - 1)].ToString();
                if (Fill(rule, name, literal, $"{template}\n{piece}") is not { } filling)
                {
                    error = $"'{{{name}}}' is no placeholder, or no such value can be made.";
                    return false;
                }

                (start, length) = name.StartsWith("secret", StringComparison.Ordinal) ? (text.Count, filling.Length) : (start, length);
                text.AddRange(filling);
            }

            rest = rest[taken..];
        }

        example = new RuleExample(template, text.ToArray(), start, length, mustMatch);
        return true;
    }

    private static int PlaceholderAt(ReadOnlySpan<char> rest)
    {
        var end = rest.IndexOf('}');
        return rest[0] == '{' && end > 1 && !rest[1..end].ContainsAnyExcept(Name) ? end + 1 : 0;
    }

    private static byte[]? Fill(DetectionRule rule, string name, int literal, string seed)
    {
        if (name == "literal")
        {
            return rule.Literals[literal].Bytes.ToArray();
        }

        if (name == "secret")
        {
            return SecretSample.Create(rule, literal, SampleVariant.Any, seed);
        }

        return name.StartsWith("secret:", StringComparison.Ordinal) && Enum.TryParse<SampleVariant>(name["secret:".Length..], ignoreCase: true, out var variant)
            ? SecretSample.Create(rule, literal, variant, seed)
            : LookAlikes.Create(name, new SampleRandom(rule.Id, seed, literal));
    }
}
