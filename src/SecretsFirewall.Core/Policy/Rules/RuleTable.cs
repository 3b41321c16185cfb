using SecretsFirewall.Policy.Conditions;
using SecretsFirewall.Policy.Destinations;

namespace SecretsFirewall.Policy.Rules;

/// <summary>The rules of one stage: those that name their hosts are found by host, the others are asked every time.</summary>
internal sealed class RuleTable(IReadOnlyList<PolicyRule> forEveryHost, HostIndex<PolicyRule> byHost)
{
    private readonly PolicyRule[] _forEveryHost = [.. forEveryHost];

    /// <summary>The rules that let tunnels be carried unread, by id. All are for one host.</summary>
    public IReadOnlyList<OpaqueRule> Opaque { get; init; } = [];

    /// <param name="setAside">Ids of rules that allow what they would refuse.</param>
    public Ruling Decide(Question question, IReadOnlyList<string> setAside)
    {
        var ruling = new Ruling(setAside);
        ruling.Ask(_forEveryHost, question);
        foreach (var rules in byHost.For(question.Facts.Destination.Host))
        {
            ruling.Ask(rules, question);
        }

        return ruling;
    }
}
