using SecretsFirewall.Inspection.Detection.Rules;

namespace SecretsFirewall.Cli.Scanning;

/// <summary>What one rule says at one place of a text.</summary>
/// <param name="Reason">Why it is no finding; <see cref="Suppression.None"/> if it is one.</param>
internal sealed record TrialResult(DetectionRule Rule, int Start, int Length, RuleConfidence Confidence, Suppression Reason, TextPosition Position, string Preview);

/// <summary>
/// Asks every rule by itself wherever one of its literals stands: slow and complete, for a text that somebody wonders about. Rules do not
/// compete here as they do in a scan, where the best of those that overlap is reported.
/// </summary>
internal static class RuleTrial
{
    /// <summary>A page of text; a scan is there for more.</summary>
    public const int MaxLength = 1024 * 1024;

    /// <returns>In the order of the text, then of the rules' ids; a place where a rule was not near to anything is left out.</returns>
    public static IReadOnlyList<TrialResult> Run(IEnumerable<DetectionRule> rules, byte[] text)
    {
        var lower = text.ToArray();
        LowerLetters(lower);
        var results = new Dictionary<(string, int, int, Suppression), TrialResult>();
        foreach (var rule in rules)
        {
            foreach (var literal in rule.Literals)
            {
                var within = literal.IgnoreCase ? lower : text;
                for (var at = 0; within.AsSpan(at).IndexOf(literal.Bytes.Span) is var next and >= 0; at++)
                {
                    at += next;
                    var reason = rule.Explain(text, at, out var start, out var length, out var confidence);
                    if (reason != Suppression.Shape)
                    {
                        results.TryAdd((rule.Id, start, length, reason), new TrialResult(
                            rule, start, length, confidence, reason, TextPosition.Start.After(text.AsSpan(0, start)),
                            length == 0 ? literal.ToString() : Preview.Of(rule, text.AsSpan(start, length))));
                    }
                }
            }
        }

        return [.. results.Values.OrderBy(result => result.Start).ThenBy(result => result.Rule.Id, StringComparer.Ordinal)];
    }

    public static string Sentence(Suppression reason) => reason switch
    {
        Suppression.None => "found",
        Suppression.Length => "what follows is too short, too long or has other characters",
        Suppression.Boundary => "it is a piece of a longer word",
        Suppression.Alphabet => "a kind of character is missing that every one has",
        Suppression.Entropy => "too regular to be random",
        Suppression.StopWord => "it holds a word of placeholders or code",
        Suppression.Checksum => "its checksum is wrong",
        _ => "nothing of its kind stands here",
    };

    public static string Word(Suppression reason) => reason switch
    {
        Suppression.None => "found",
        Suppression.Length => "length",
        Suppression.Boundary => "boundary",
        Suppression.Alphabet => "alphabet",
        Suppression.Entropy => "entropy",
        Suppression.StopWord => "stop_word",
        Suppression.Checksum => "checksum",
        _ => "shape",
    };

    private static void LowerLetters(Span<byte> text)
    {
        foreach (ref var b in text)
        {
            b = b is >= (byte)'A' and <= (byte)'Z' ? (byte)(b | 0x20) : b;
        }
    }
}
