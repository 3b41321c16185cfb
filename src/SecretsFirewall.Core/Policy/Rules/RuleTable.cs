using SecretsFirewall.Policy.Conditions;
using SecretsFirewall.Policy.Destinations;

namespace SecretsFirewall.Policy.Rules;

/// <summary>The rules of one stage: those that name their hosts are found by host, the others are asked every time.</summary>
internal sealed class RuleTable(IReadOnlyList<PolicyRule> forEveryHost, HostIndex<PolicyRule> byHost)
{
    private readonly PolicyRule[] _forEveryHost = [.. forEveryHost];

    /// <summary>The rules that let tunnels be carried unread, by id. All are for one host.</summary>
    public IReadOnlyList<OpaqueRule> Opaque { get; init; } = [];

    /// <param name="opaque">The first by id of the rules that apply and let a tunnel be carried unread. It counts only where the decision is to allow.</param>
    /// <returns>The strictest of the rules that apply, by id among equals; null if none does.</returns>
    public PolicyRule? Decide(Question question, out IReadOnlyList<string> matched, out OpaqueRule? opaque)
    {
        var applying = new Applying();
        foreach (var rule in _forEveryHost)
        {
            applying.Ask(rule, question);
        }

        foreach (var rules in byHost.For(question.Facts.Destination.Host))
        {
            foreach (var rule in rules)
            {
                applying.Ask(rule, question);
            }
        }

        matched = applying.Ids();
        opaque = applying.Opaque?.Opaque;
        return applying.Strictest;
    }

    private struct Applying
    {
        private List<PolicyRule>? _rules;

        public PolicyRule? Strictest { get; private set; }

        public PolicyRule? Opaque { get; private set; }

        public void Ask(PolicyRule rule, Question question)
        {
            if (!rule.Applies(question))
            {
                return;
            }

            if (rule.Opaque is not null && (Opaque is null || rule.Order < Opaque.Order))
            {
                Opaque = rule;
            }

            if (Strictest is null)
            {
                Strictest = rule;
                return;
            }

            _rules ??= [Strictest];
            _rules.Add(rule);
            if ((rule.Outcome, rule.Order).CompareTo((Strictest.Outcome, Strictest.Order)) < 0)
            {
                Strictest = rule;
            }
        }

        public readonly IReadOnlyList<string> Ids()
        {
            if (_rules is null)
            {
                return Strictest?.Alone ?? [];
            }

            return [.. _rules.OrderBy(rule => rule.Order).Select(rule => rule.Id)];
        }
    }
}
