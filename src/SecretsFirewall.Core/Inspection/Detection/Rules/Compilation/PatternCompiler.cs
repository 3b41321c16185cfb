using System.Text.RegularExpressions;
using SecretsFirewall.Inspection.Detection.Rules.Matching;

namespace SecretsFirewall.Inspection.Detection.Rules.Compilation;

/// <summary>Checks a user's pattern without building the automaton, which would make a start slow: its syntax, and that it needs no backtracking.</summary>
internal static class PatternCompiler
{
    // What a stream holds back for it, and what is looked through for each literal.
    private const int MaxMatch = 8 * 1024;

    // Openings of groups that only a backtracking engine can follow: lookarounds, atomic groups, conditions.
    private static readonly string[] Backtracking = ["(?=", "(?!", "(?<=", "(?<!", "(?>", "(?("];

    public static RegexShape? Compile(RulePlace place)
    {
        var document = place.Document;
        var (pattern, maxLength, group) = (document.Pattern!, document.MaxLength!.Value, document.SecretGroup ?? 0);
        var maxBefore = document.MaxBefore ?? maxLength;
        if (maxLength is < 1 or > MaxMatch)
        {
            place.Fail("max_length", $"A match has 1 to {MaxMatch} bytes.");
            return null;
        }

        if (maxBefore < 0 || maxBefore > maxLength)
        {
            place.Fail("max_before", "'max_before' is not below 0 and not above 'max_length'.");
            return null;
        }

        if (WhyNot(pattern, group) is { } problem)
        {
            place.Fail(group > 0 && problem.Contains("group", StringComparison.Ordinal) ? "secret_group" : "pattern", problem);
            return null;
        }

        return new RegexShape(pattern, group, maxBefore, maxLength);
    }

    private static string? WhyNot(string pattern, int group)
    {
        try
        {
            var groups = new Regex(pattern, RegexOptions.CultureInvariant).GetGroupNumbers();
            return NeedsBacktracking(pattern) ? "The pattern looks around or refers back; such patterns can take forever and are not run."
                : !groups.Contains(group) ? $"The pattern has no group {group}."
                : null;
        }
        catch (RegexParseException fault)
        {
            return $"Not a pattern: at character {fault.Offset}: {fault.Error}."; // the message would repeat the pattern
        }
    }

    private static bool NeedsBacktracking(string pattern)
    {
        var inClass = false;
        for (var i = 0; i < pattern.Length; i++)
        {
            switch (pattern[i])
            {
                case '\\':
                    i++;
                    if (!inClass && i < pattern.Length && (pattern[i] is (>= '1' and <= '9') or 'k' or 'G'))
                    {
                        return true;
                    }

                    break;
                case '[' when !inClass:
                    inClass = true;
                    i += pattern.AsSpan(i + 1).StartsWith("^]") ? 2 : pattern.AsSpan(i + 1).StartsWith("]") ? 1 : 0;
                    break;
                case ']':
                    inClass = false;
                    break;
                case '(' when !inClass && Backtracking.Any(opening => pattern.AsSpan(i).StartsWith(opening)):
                    return true;
            }
        }

        return false;
    }
}
