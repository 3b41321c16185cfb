using SecretsFirewall.Model;
using SecretsFirewall.Policy.Conditions;
using SecretsFirewall.Policy.Documents;

namespace SecretsFirewall.Policy.Compilation;

/// <summary>The detection rules that are there. What a policy names and is not there would silently mean nothing, so it is an error.</summary>
/// <param name="known">Each rule's id with the net that it belongs to.</param>
internal sealed class RuleIds(IReadOnlyDictionary<string, FindingKind> known, List<PolicyError> errors)
{
    // No id holds it: a star stands for any characters of an id.
    private const char NoSeparator = '/';

    public bool TryFind(Placed<string> id, out FindingKind kind)
    {
        if (known.TryGetValue(id.Value, out kind))
        {
            return true;
        }

        errors.Add(id.Error($"There is no detection rule '{id.Value}'."));
        return false;
    }

    /// <summary>The net of a rule; that of all rules for one that is not there.</summary>
    public FindingKind KindOf(string id) => known.GetValueOrDefault(id, FindingKind.Rule);

    /// <summary>The ids that a list of ids and patterns names.</summary>
    public IEnumerable<string> Resolve(Placed<string[]> list)
    {
        if (list.Value.Length == 0)
        {
            errors.Add(list.Error("The list is empty."));
        }

        return list.Value.SelectMany((text, i) => Resolve(list.Part(text, $"{i}"))).ToList();
    }

    private List<string> Resolve(Placed<string> text)
    {
        if (!text.Value.Contains('*'))
        {
            return TryFind(text, out _) ? [text.Value] : [];
        }

        var pattern = new Glob(text.Value, NoSeparator);
        var found = known.Keys.Where(pattern.Matches).ToList();
        if (found.Count == 0)
        {
            errors.Add(text.Error($"No detection rule is called '{text.Value}'."));
        }

        return found;
    }
}
