using SecretsFirewall.Model.Documents;
using SecretsFirewall.Policy.Documents;

namespace SecretsFirewall.Policy.Compilation;

/// <summary>What is allowed in a policy and is probably not meant. For a policy that loads.</summary>
internal static class PolicyLint
{
    /// <param name="cases">How its cases were answered.</param>
    /// <param name="today">For what has ended.</param>
    public static IReadOnlyList<PolicyError> Check(IReadOnlyList<PolicyFile> files, IReadOnlyList<CaseResult> cases, DateOnly today)
    {
        var texts = files.OrderBy(file => file.Path, StringComparer.Ordinal).Select(Read).OfType<DocumentText>().ToList();
        var draft = new PolicyDraft(texts, files[0].Path, []);
        var found = new List<PolicyError>();
        var decided = cases.Select(one => one.Rule).ToHashSet(StringComparer.Ordinal);
        found.AddRange(draft.Rules.Where(rule => !decided.Contains(rule.Value.Id)).Select(rule => rule.Error("id", $"No case is decided by the rule '{rule.Value.Id}'.")));
        found.AddRange(draft.Rules.Where(rule => rule.Value.Expires < today).Select(rule => rule.Error("expires", $"The rule '{rule.Value.Id}' has ended.")));
        found.AddRange(draft.Rules.Where(AllowsAll).Select(rule => rule.Error("match", $"The rule '{rule.Value.Id}' allows without saying which agent or host.")));
        found.AddRange(draft.Exceptions.Where(one => one.Value.Expires < today).Select(one => one.Error("expires", $"The exception '{one.Value.Id}' has ended.")));
        var used = draft.Rules.Select(rule => rule.Value.Match).Concat(draft.Exceptions.Select(one => one.Value.Match)).SelectMany(Sets).ToHashSet(StringComparer.Ordinal);
        found.AddRange(draft.Sets.Where(set => !used.Contains(set.Key)).Select(set => set.Value.Error($"Nothing uses the set '{set.Key}'.")));
        return found;
    }

    private static DocumentText? Read(PolicyFile file) =>
        DocumentReader.Read<PolicyDocument>(file.Content.Span, PolicyJson.Default, []) is var (document, lines) ? new DocumentText(file.Path, document, lines) : null;

    private static bool AllowsAll(Placed<RuleDocument> rule) =>
        rule.Value.Outcome is PolicyOutcome.Allow && !Parts(rule.Value.Match).Any(part =>
            part.Agent is not null || part.Level is not null || part.Host is not null || part.Kind is not null || part.Provider is not null || part.Destination is not null
            || part.Listed is not null || part.HostListed is not null || part.Method is not null || part.Tool is not null || part.CanonicalTool is not null || part.Session is not null);

    private static IEnumerable<MatchDocument> Parts(MatchDocument match) =>
        (match.All ?? []).Concat(match.Any ?? []).Concat(match.Not is null ? [] : [match.Not]).SelectMany(Parts).Prepend(match);

    private static IEnumerable<string> Sets(MatchDocument match) => Parts(match)
        .SelectMany(part => new[]
        {
            part.Agent?.InSet, part.Host?.InSet, part.Scheme?.InSet, part.Provider?.InSet, part.Destination?.InSet, part.Method?.InSet, part.Path?.InSet,
            part.Tool?.InSet, part.CanonicalTool?.InSet, part.Session?.InSet, part.Finding?.Rule?.InSet, part.Command?.AnyOf?.Argv0?.InSet, part.Command?.AllOf?.Argv0?.InSet,
            part.Operation?.InSet, part.McpServer?.InSet, part.McpMethod?.InSet, part.Model?.InSet, part.OfferedTool?.InSet,
        }.Concat(Values(part).Select(static value => value.InSet)))
        .OfType<string>();

    private static IEnumerable<ValueTest> Values(MatchDocument match) =>
        new[] { match.Headers, match.Query, match.Body, match.Arguments?.At }.SelectMany(static tests => tests?.Values ?? Enumerable.Empty<ValueTest>());
}
