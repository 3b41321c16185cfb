using System.Collections.Immutable;
using System.Text;
using SecretsFirewall.Inspection.Detection.Rules.Documents;
using SecretsFirewall.Inspection.Detection.Rules.Matching;

namespace SecretsFirewall.Inspection.Detection.Rules.Compilation;

/// <summary>Turns written parts into ones that match, and says what is wrong with them.</summary>
internal static class PartCompiler
{
    private const string Uuid = "uuid";

    // The groups of RFC 9562.
    private static readonly int[] UuidGroups = [8, 4, 4, 4, 12];

    public static PartSequence Compile(PartDocument[]? documents, string step, RulePlace place)
    {
        var parts = ImmutableArray.CreateBuilder<TokenPart>();
        for (var i = 0; i < documents?.Length; i++)
        {
            Add(documents[i], $"{step}/{i}", place, parts);
        }

        var sequence = new PartSequence(parts.ToImmutable());
        if (!sequence.IsDecided)
        {
            place.Fail(step, "A part of variable length needs a next part that it cannot run into: fixed text, or other characters.");
        }

        return sequence;
    }

    private static void Add(PartDocument document, string step, RulePlace place, ImmutableArray<TokenPart>.Builder parts)
    {
        switch (document)
        {
            case { Text.Length: > 0, Of: null, Length: null, Min: null, Max: null } when Ascii.IsValid(document.Text):
                parts.Add(new TokenPart(Encoding.ASCII.GetBytes(document.Text)));
                break;
            case { Of: Uuid, Text: null, Length: null, Min: null, Max: null }:
                AddUuid(parts);
                break;
            case { Of: { } of, Text: null }:
                AddSet(document, of, step, place, parts);
                break;
            default:
                place.Fail(step, "A part is a text in ASCII, or an alphabet with its length.");
                break;
        }
    }

    private static void AddSet(PartDocument document, string of, string step, RulePlace place, ImmutableArray<TokenPart>.Builder parts)
    {
        if (!Alphabets.TryParse(of, out var set) || set.Members.IsEmpty)
        {
            place.Fail($"{step}/of", $"'{of}' is no alphabet. Known are {string.Join(", ", Alphabets.Names)}, and sets such as [A-Z_-].");
            return;
        }

        var min = document.Length ?? document.Min ?? 0;
        if ((document.Length ?? document.Max) is not { } max)
        {
            place.Fail(step, "A part without a maximum length is not loaded: the hold-back of a stream follows from it.");
        }
        else if (document.Length is not null && (document.Min ?? document.Max) is not null)
        {
            place.Fail(step, "Either 'length', or 'min' and 'max'.");
        }
        else if (min < 0 || max < 1 || max < min)
        {
            place.Fail(step, "'max' is at least 1 and not below 'min'.");
        }
        else
        {
            parts.Add(new TokenPart(set, min, max));
        }
    }

    private static void AddUuid(ImmutableArray<TokenPart>.Builder parts)
    {
        var hex = Alphabets.Parse("hex_any");
        foreach (var group in UuidGroups)
        {
            if (group != UuidGroups[0])
            {
                parts.Add(new TokenPart("-"u8.ToArray()));
            }

            parts.Add(new TokenPart(hex, group, group));
        }
    }
}
