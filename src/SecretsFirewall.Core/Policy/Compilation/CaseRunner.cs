using SecretsFirewall.Model;
using SecretsFirewall.Policy.Documents;

namespace SecretsFirewall.Policy.Compilation;

/// <summary>Asks a policy the questions that it brings along. A policy that answers one of them wrongly does not mean what its author meant.</summary>
/// <param name="results">Takes how each was answered, where somebody wants to know.</param>
internal sealed class CaseRunner(PolicySnapshot snapshot, RuleIds rules, List<PolicyError> errors, List<CaseResult>? results = null)
{
    public void Run(PolicyDraft draft)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var written in draft.Cases)
        {
            if (!names.Add(written.Value.Name))
            {
                errors.Add(written.Error("name", $"There are two cases '{written.Value.Name}'."));
            }

            var facts = written.Value.Facts;
            if (HostPatterns.Host(written.Part(facts.Host, "facts/host"), errors) is not { } host)
            {
                continue;
            }

            // What the policy says counts, also of one that only observes.
            var decision = snapshot.Decide(CaseQuestion.Of(written, host, errors)) is var answer && answer.Observed is { } observed ? answer with { Outcome = observed } : answer;
            var fault = Fault(decision, written.Value.Expect) ?? FaultOfEffects(decision, written.Value.Expect) ?? FaultOfAction(decision, written);
            results?.Add(Result(written, decision, fault is null));
            if (fault is not null)
            {
                errors.Add(written.Error("expect", $"Case '{written.Value.Name}': {fault}"));
            }
        }
    }

    private string? FaultOfAction(PolicyDecision decision, Placed<CaseDocument> written)
    {
        var (facts, expect) = (written.Value.Facts, written.Value.Expect);
        if (facts.Finding is null || expect.Action is null)
        {
            return facts.Finding is null == expect.Action is null ? null : "'finding' and 'action' go together.";
        }

        if (!rules.TryFind(written.Part(facts.Finding, "facts/finding"), out var kind))
        {
            return null; // an error by itself
        }

        var plan = facts.Direction is Direction.Response ? decision.ResponsePlan : decision.RequestPlan;
        var action = plan.For(kind, facts.Finding, default);
        return action == expect.Action ? null : $"the policy says {DocumentWord.Of(action)} about '{facts.Finding}' for a destination of kind {DocumentWord.Of(decision.Kind)}.";
    }

    /// <summary>Only what the case asks for is in the answer, so that the two lines can be read against each other.</summary>
    private CaseResult Result(Placed<CaseDocument> written, PolicyDecision decision, bool isRight)
    {
        var (facts, expect) = (written.Value.Facts, written.Value.Expect);
        var expected = new List<string> { DocumentWord.Of(expect.Outcome) };
        var actual = new List<string> { DocumentWord.Of(decision.Outcome) };
        Add("by", expect.Rule, decision.Rule);
        Add("kind", expect.Kind is { } kind ? DocumentWord.Of(kind) : null, DocumentWord.Of(decision.Kind));
        Add("class", expect.Class is { } wanted ? DocumentWord.Of(wanted) : null, decision.Class is { } got ? DocumentWord.Of(got) : "none");
        Add("external", expect.External is { } leaves ? leaves ? "true" : "false" : null, decision.IsExternal ? "true" : "false");
        Add("role", expect.Role is { } role ? DocumentWord.Of(role) : null, (decision.Approval is { } terms ? ApproverRoles.Word(terms.Role) : null) ?? "none");
        Add("shadow", expect.Shadow is { } shadow ? string.Join(',', shadow) : null, string.Join(',', decision.Shadow.Select(static one => one.Rule)));
        Add("inspect", expect.Inspect is { } inspect ? inspect ? "true" : "false" : null, decision.Opaque is null ? "true" : "false");
        if (expect.Action is { } action && facts.Finding is { } finding)
        {
            var plan = facts.Direction is Direction.Response ? decision.ResponsePlan : decision.RequestPlan;
            Add("action", DocumentWord.Of(action), DocumentWord.Of(plan.For(rules.KindOf(finding), finding, default)));
        }

        var at = written.Error("expect", "");
        return new CaseResult(at.Path, at.Line, written.Value.Name, string.Join(' ', expected), string.Join(' ', actual), decision.Rule, isRight);

        void Add(string word, string? wanted, string got)
        {
            if (wanted is not null)
            {
                expected.Add($"{word} {wanted}");
                actual.Add($"{word} {got}");
            }
        }
    }

    private static string? FaultOfEffects(PolicyDecision decision, CaseExpectation expect) =>
        expect.Class is { } wanted && decision.Class != wanted ? $"the policy takes it for {(decision.Class is { } got ? DocumentWord.Of(got) : "nothing that has a class")}."
        : expect.External is { } external && decision.IsExternal != external ? $"the policy says that it is {(decision.IsExternal ? "" : "not ")}external."
        : expect.Role is { } role && decision.Approval?.Role != role ? $"the policy asks {(decision.Approval is { } terms ? ApproverRoles.Word(terms.Role) : null) ?? "nobody"}."
        : expect.Shadow is { } shadow && !shadow.SequenceEqual(decision.Shadow.Select(static one => one.Rule)) ? $"in shadow are [{string.Join(", ", decision.Shadow.Select(static one => one.Rule))}]."
        : null;

    private static string? Fault(PolicyDecision decision, CaseExpectation expect)
    {
        if (expect.Inspect is { } inspect && inspect != decision.Opaque is null)
        {
            return inspect ? $"the policy lets '{decision.Opaque!.Id}' carry the tunnel unread." : "the policy has the tunnel read.";
        }

        if (decision.Outcome == expect.Outcome
            && (expect.Rule is null || decision.Rule == expect.Rule)
            && (expect.Kind is null || decision.Kind == expect.Kind))
        {
            return null;
        }

        return $"the policy says {DocumentWord.Of(decision.Outcome)} by '{decision.Rule}' for a destination of kind {DocumentWord.Of(decision.Kind)}.";
    }
}
