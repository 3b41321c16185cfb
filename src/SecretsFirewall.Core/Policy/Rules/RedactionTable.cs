using SecretsFirewall.Model;

namespace SecretsFirewall.Policy.Rules;

/// <summary>The redaction plan by the kind of the destination. A kind that is not there blocks everything.</summary>
internal sealed class RedactionTable(IReadOnlyDictionary<DestinationKind, RedactionPlan> request, IReadOnlyDictionary<DestinationKind, RedactionPlan> response)
{
    public bool Captures { get; init; }

    public RedactionPlan Request(DestinationKind kind) => request.GetValueOrDefault(kind, RedactionPlan.BlockAll);

    public RedactionPlan Response(DestinationKind kind) => response.GetValueOrDefault(kind, RedactionPlan.BlockAll);
}
