using SecretsFirewall.Commands;
using SecretsFirewall.Model;
using SecretsFirewall.Policy.Conditions;
using SecretsFirewall.Policy.Documents;

namespace SecretsFirewall.Policy.Rules;

/// <summary>What the rules of one stage say, collected rule by rule.</summary>
/// <param name="setAside">Ids of rules that allow what they would refuse.</param>
internal struct Ruling(IReadOnlyList<string> setAside)
{
    private List<PolicyRule>? _rules;
    private List<PolicyRule>? _shadows;
    private List<RuleRedaction>? _redactions;

    /// <summary>The strictest of the rules that apply, by id among equals; null if none does.</summary>
    public PolicyRule? Strictest { get; private set; }

    /// <summary>Of <see cref="Strictest"/>.</summary>
    public PolicyOutcome Outcome { get; private set; }

    /// <summary>A rule that broke, by id the first: it denies.</summary>
    public PolicyRule? Broken { get; private set; }

    /// <summary>The first by id of the rules that apply and let a tunnel be carried unread. It counts only where the decision is to allow.</summary>
    public PolicyRule? Opaque { get; private set; }

    /// <summary>The worst of those that the applying rules say.</summary>
    public CommandClass? Class { get; private set; }

    public bool? External { get; private set; }

    public PolicyLimits Limits { get; private set; } = PolicyLimits.None;

    /// <summary>Rules that may apply ask for what only the inspected request shows.</summary>
    public bool Awaits { get; private set; }

    /// <summary>One of those would allow.</summary>
    public bool AwaitsAllow { get; private set; }

    /// <summary>Asks rule after rule. One that cannot be judged may be one that denies, and is taken for it.</summary>
    public void Ask(ReadOnlySpan<PolicyRule> rules, Question question)
    {
        var next = 0;
        while (next < rules.Length)
        {
            try
            {
                while (next < rules.Length)
                {
                    Ask(rules[next], question);
                    next++;
                }
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                Break(rules[next++]);
            }
        }
    }

    private void Ask(PolicyRule rule, Question question)
    {
        if (rule.IsLate && !question.Facts.IsInspected)
        {
            Await(rule, rule.MayApply(question));
        }
        else if (rule.Applies(question))
        {
            Take(rule);
        }
    }

    private void Break(PolicyRule rule)
    {
        if (rule.IsShadow || setAside.Contains(rule.Id))
        {
            Take(rule);
        }
        else if (Broken is null || rule.Order < Broken.Order)
        {
            Broken = rule;
        }
    }

    /// <summary>The plan with what the rules add to it.</summary>
    public readonly RedactionPlan Redact(RedactionPlan plan, Direction direction) =>
        _redactions is null ? plan : _redactions.Aggregate(plan, (current, one) => one.Apply(current, direction));

    public readonly IReadOnlyList<string> Matched() =>
        _rules is null ? Strictest?.Alone ?? [] : [.. _rules.OrderBy(static rule => rule.Order).Select(static rule => rule.Id)];

    public readonly IReadOnlyList<ShadowDecision> Shadows() =>
        _shadows is null ? [] : [.. _shadows.OrderBy(static rule => rule.Order).Select(static rule => new ShadowDecision(rule.Id, rule.Outcome))];

    private void Await(PolicyRule rule, bool mayApply)
    {
        Awaits |= mayApply;
        AwaitsAllow |= mayApply && !rule.IsShadow && rule.Outcome is PolicyOutcome.Allow;
    }

    private void Take(PolicyRule rule)
    {
        if (rule.IsShadow)
        {
            (_shadows ??= []).Add(rule);
            return;
        }

        if (rule.Opaque is not null && (Opaque is null || rule.Order < Opaque.Order))
        {
            Opaque = rule;
        }

        TakeEffects(rule.Effects);
        var outcome = setAside.Contains(rule.Id) ? PolicyOutcome.Allow : rule.Outcome;
        if (Strictest is null)
        {
            (Strictest, Outcome) = (rule, outcome);
            return;
        }

        _rules ??= [Strictest];
        _rules.Add(rule);
        if ((outcome, rule.Order).CompareTo((Outcome, Strictest.Order)) < 0)
        {
            (Strictest, Outcome) = (rule, outcome);
        }
    }

    private void TakeEffects(RuleEffects effects)
    {
        if (effects.Class is { } said)
        {
            Class = Class is { } known && known < said ? known : said;
        }

        External = effects.External is { } external ? External is true || external : External;
        if (effects.Redactions.Count > 0)
        {
            (_redactions ??= []).AddRange(effects.Redactions);
        }

        if (!ReferenceEquals(effects.Limits, PolicyLimits.None))
        {
            Limits = Limits.And(effects.Limits);
        }
    }
}
