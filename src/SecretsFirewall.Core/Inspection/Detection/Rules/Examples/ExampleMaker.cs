namespace SecretsFirewall.Inspection.Detection.Rules.Examples;

/// <summary>Fills all templates of a rule, once for each of its literals.</summary>
internal static class ExampleMaker
{
    public static IReadOnlyList<RuleExample> Make(DetectionRule rule)
    {
        var examples = new List<RuleExample>();
        foreach (var (templates, mustMatch) in new[] { (rule.Templates.Match, true), (rule.Templates.NoMatch, false) })
        {
            foreach (var template in templates)
            {
                for (var literal = 0; literal < rule.Literals.Length; literal++)
                {
                    if (ExampleTemplate.TryFill(rule, template, literal, mustMatch, out var example, out _))
                    {
                        examples.Add(example);
                    }
                }
            }
        }

        return examples;
    }
}
