using System.Text.Json;
using System.Text.RegularExpressions;

namespace SecretsFirewall.EndToEnd.Tests.Corpora;

/// <summary>One case of a file of <c>tests/corpora</c>: what stands in the case itself goes before what its group says.</summary>
internal sealed partial class WireCase(string file, JsonElement group, string name, JsonElement value, IReadOnlyDictionary<string, string> variables)
{
    /// <summary>Where it stands; also the name of the agent that sends it, so that the audit's records are its own.</summary>
    public string Id { get; } = $"{file}.{group.GetProperty("name").GetString()}.{name}";

    /// <summary>The member as text, variables filled in; null where neither the case nor its group has it.</summary>
    public string? Text(string member) => Find(member) is { } found ? Fill(found.GetString()!) : null;

    public bool Flag(string member) => Find(member)?.GetBoolean() ?? false;

    /// <summary>The member as a list of texts; empty where it is absent.</summary>
    public IReadOnlyList<string> Texts(string member) => Find(member) is { } found ? Texts(found) : [];

    /// <summary>The texts of an array, or the one text; <c>"{case}"</c> stands for all texts of the case.</summary>
    public IReadOnlyList<string> Texts(JsonElement list)
    {
        if (list.ValueKind is JsonValueKind.String)
        {
            return [Fill(list.GetString()!)];
        }

        var texts = new List<string>();
        foreach (var one in list.EnumerateArray().Select(static one => one.GetString()!))
        {
            texts.AddRange(one == "{case}" ? Texts(Find("case")!.Value) : [Fill(one)]);
        }

        return texts;
    }

    public JsonElement? Find(string member)
    {
        JsonElement found;
        if (value.ValueKind is JsonValueKind.Object)
        {
            if (value.TryGetProperty(member, out found))
            {
                return found;
            }
        }
        else if (member == "case")
        {
            return value;
        }

        return group.TryGetProperty(member, out found) ? found : null;
    }

    /// <summary><c>{name}</c> is a member of the case or a variable, in capitals if it is written so; <c>{fill:N}</c> is N letters, <c>{fields:N}</c> N header fields.</summary>
    public string Fill(string text)
    {
        while (Placeholder().IsMatch(text))
        {
            text = Placeholder().Replace(text, Replace);
        }

        return text;
    }

    private string Replace(Match match)
    {
        var (word, count) = (match.Groups[1].Value, match.Groups[2]);
        if (count.Success)
        {
            return word == "fill"
                ? new string('x', int.Parse(count.ValueSpan))
                : string.Concat(Enumerable.Range(0, int.Parse(count.ValueSpan)).Select(static i => $"X-{i}: a\r\n"));
        }

        return Find(word) is { ValueKind: JsonValueKind.String } member ? member.GetString()!
            : variables.TryGetValue(word, out var plain) ? plain
            : variables.TryGetValue(word.ToLowerInvariant(), out var other) ? other.ToUpperInvariant()
            : throw new InvalidDataException($"{Id} names {match.Value}, which is nothing.");
    }

    [GeneratedRegex(@"\{([A-Za-z]+)(?::(\d+))?\}")]
    private static partial Regex Placeholder();
}
