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
        var methods = MethodOverride.MethodsOf(request);
        var isRead = actions.AreKnown && methods is not null;
        var fitting = (methods ?? [request.Method])
            .SelectMany(method => Fitting(method, segments, actions))
            .Distinct().OrderBy(entry => entry.Class).ThenBy(entry => entry.Id, StringComparer.Ordinal).ToList();
        var worst = fitting[0];
        var isHidden = !isRead && worst.Class > CommandClass.Red;
        return new OperationVerdict(
            name,
            isHidden ? CommandClass.Red : worst.Class,
            fitting.Exists(entry => entry.IsExternal) || !isRead,
            [.. fitting.Select(entry => entry.Id)],
            isHidden ? UnreadBody : worst.Reason,
            [.. fitting.SelectMany(entry => entry.Effects).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)],
            !isRead && request.Body is null);
    }

    // Each name by itself: one that is harmless says nothing of the one beside it.
    private IEnumerable<OperationEntry> Fitting(string method, string[] segments, Actions actions)
    {
        var named = actions.Names.SelectMany(name => Fitting(method, segments, name, writes));
        return actions is { Names.Count: > 0, MayBeIgnored: false }
            ? named
            : named.Concat(Fitting(method, segments, null, method is "GET" or "HEAD" or "OPTIONS" && actions.AreKnown ? reads : writes));
    }

    private IEnumerable<OperationEntry> Fitting(string method, string[] segments, string? action, OperationEntry otherwise) =>
        entries.Where(entry => entry.Fits(method, segments, action)).DefaultIfEmpty(otherwise);
}
