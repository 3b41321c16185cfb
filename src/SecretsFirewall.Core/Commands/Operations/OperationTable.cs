using System.Collections.Frozen;
using System.Collections.Immutable;
using System.IO.Enumeration;

namespace SecretsFirewall.Commands.Operations;

/// <summary>What plain HTTP requests do at services that are known, of all files together. Immutable and pure.</summary>
public sealed class OperationTable
{
    private readonly FrozenDictionary<string, OperationFamily> _hosts;
    private readonly FrozenDictionary<string, OperationFamily>.AlternateLookup<ReadOnlySpan<char>> _under;
    private readonly ImmutableArray<(string[] Labels, OperationFamily Family)> _globs;

    internal OperationTable(
        IReadOnlyDictionary<string, OperationFamily> hosts,
        IReadOnlyDictionary<string, OperationFamily> under,
        IEnumerable<(string Glob, OperationFamily Family)> globs,
        IEnumerable<OperationFamily> families)
    {
        _hosts = hosts.ToFrozenDictionary(StringComparer.Ordinal);
        _under = under.ToFrozenDictionary(StringComparer.Ordinal).GetAlternateLookup<ReadOnlySpan<char>>();
        _globs = [.. globs.Select(pair => (pair.Glob.Split('.'), pair.Family))];
        Entries = [.. families.SelectMany(family => family.All).OrderBy(entry => entry.Family, StringComparer.Ordinal).ThenBy(entry => entry.Id, StringComparer.Ordinal)];
    }

    /// <summary>By family and id.</summary>
    public ImmutableArray<OperationEntry> Entries { get; }

    /// <returns>Null where no file knows the host.</returns>
    public OperationVerdict? Classify(OperationRequest request) => FamilyOf(request.Host)?.Classify(request);

    // Exact before glob before domain, of which the longest.
    private OperationFamily? FamilyOf(string host)
    {
        if (_hosts.TryGetValue(host, out var exact))
        {
            return exact;
        }

        if (!_globs.IsEmpty && host.Split('.') is var labels)
        {
            foreach (var (pattern, family) in _globs)
            {
                if (Fits(pattern, labels))
                {
                    return family;
                }
            }
        }

        for (var rest = host.AsSpan(); !rest.IsEmpty;)
        {
            if (_under.TryGetValue(rest, out var family))
            {
                return family;
            }

            var dot = rest.IndexOf('.');
            rest = dot < 0 ? default : rest[(dot + 1)..];
        }

        return null;
    }

    private static bool Fits(ReadOnlySpan<string> pattern, ReadOnlySpan<string> labels) => pattern switch
    {
        [] => labels.IsEmpty,
        ["**", .. var rest] => Fits(rest, labels) || (!labels.IsEmpty && Fits(pattern, labels[1..])),
        [var label, .. var rest] => !labels.IsEmpty && FileSystemName.MatchesSimpleExpression(label, labels[0]) && Fits(rest, labels[1..]),
    };
}
