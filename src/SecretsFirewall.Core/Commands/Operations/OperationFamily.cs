using System.Collections.Immutable;
using SecretsFirewall.Commands.Documents;

namespace SecretsFirewall.Commands.Operations;

/// <summary>What requests to one service do.</summary>
internal sealed class OperationFamily(string name, ActionPlace place, ImmutableArray<OperationEntry> entries, OperationEntry reads, OperationEntry writes)
{
    private const string UnreadBody = "What it does stands in its body, which was not read or has no one meaning.";

    public IEnumerable<OperationEntry> All => [.. entries, reads, writes];

    public OperationVerdict Classify(OperationRequest request)
    {
        var segments = request.Path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        var actions = Actions.Of(place, request, segments);
        var fitting = entries.Where(entry => entry.Fits(request.Method, segments, actions.Names)).OrderBy(entry => entry.Class).ThenBy(entry => entry.Id, StringComparer.Ordinal).ToList();
        if (fitting.Count == 0)
        {
            fitting.Add(request.Method is "GET" or "HEAD" or "OPTIONS" && actions.AreKnown ? reads : writes);
        }

        var worst = fitting[0];
        var isHidden = !actions.AreKnown && worst.Class > CommandClass.Red;
        return new OperationVerdict(
            name,
            isHidden ? CommandClass.Red : worst.Class,
            fitting.Exists(entry => entry.IsExternal) || !actions.AreKnown,
            [.. fitting.Select(entry => entry.Id)],
            isHidden ? UnreadBody : worst.Reason,
            [.. fitting.SelectMany(entry => entry.Effects).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)],
            !actions.AreKnown && request.Body is null);
    }
}
