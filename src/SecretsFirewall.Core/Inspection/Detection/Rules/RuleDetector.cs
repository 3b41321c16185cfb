namespace SecretsFirewall.Inspection.Detection.Rules;

/// <summary>Looks for the literals of rules and asks the rules where one stands.</summary>
internal sealed class RuleDetector(IReadOnlyList<DetectionRule> rules, AutoNames names)
{
    /// <summary>Adds the findings whose literal starts in [<paramref name="from"/>, <paramref name="to"/>).</summary>
    public void Find(ReadOnlySpan<byte> text, int from, int to, List<Detection> into)
    {
        foreach (var rule in rules)
        {
            foreach (var literal in rule.Literals)
            {
                for (var at = from; at < to; at++)
                {
                    if (literal.IsAt(text, at) && rule.Matches(text, at, out var start, out var length, out var confidence))
                    {
                        into.Add(new(start, length, rule.Finds, rule.Id, names.Of(rule.Id, text.Slice(start, length)), ValueForm.Plain, 0) { Confidence = confidence });
                    }
                }
            }
        }
    }
}
