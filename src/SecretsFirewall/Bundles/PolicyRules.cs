using SecretsFirewall.Inspection.Detection.Rules;
using SecretsFirewall.Model;
using SecretsFirewall.Policy;

namespace SecretsFirewall.Bundles;

/// <summary>The shipped rules with a policy's own; loaded again only where those changed.</summary>
internal sealed class PolicyRules
{
    private IReadOnlyList<PolicyFile> _files = [];
    private RuleSet? _set;

    /// <returns>Null if there is any error.</returns>
    public RuleSet? Load(IReadOnlyList<PolicyFile> files, out IReadOnlyList<PolicyError> errors)
    {
        errors = [];
        if (_set is not null && AreSame(files))
        {
            return _set;
        }

        IReadOnlyList<RuleError> found = [];
        var set = files.Count == 0 ? ShippedRules.Set : ShippedRules.LoadWith([.. files.Select(file => new RuleFile(file.Path, file.Content))], out found);
        errors = [.. found.Select(error => new PolicyError(error.Path, error.Line, error.Message))];
        (_files, _set) = set is null ? (_files, _set) : (files, set);
        return set;
    }

    /// <summary>The nets of all rules, by id.</summary>
    public static Dictionary<string, FindingKind> Ids(RuleSet rules) => rules.Rules.ToDictionary(rule => rule.Id, rule => rule.Finds, StringComparer.Ordinal);

    /// <summary>Those that are looked for under <paramref name="choices"/>.</summary>
    public static List<DetectionRule> InForce(RuleSet rules, DetectionChoices choices) =>
        [.. rules.Rules.Where(rule => !choices.Off.Contains(rule.Id) && (rule.Description.IsEnabled || choices.On.Contains(rule.Id)))];

    private bool AreSame(IReadOnlyList<PolicyFile> files) =>
        files.Count == _files.Count && files.Zip(_files).All(pair => pair.First.Path == pair.Second.Path && pair.First.Content.Span.SequenceEqual(pair.Second.Content.Span));
}
