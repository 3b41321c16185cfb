using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace SecretsFirewall.Protocols.ToolCalls;

/// <summary>
/// Arguments in pieces, as Gemini streams them: <c>{"jsonPath":"$.a.b[0]","stringValue":"…","willContinue":true}</c>. Paths are names and places in arrays only; a
/// value that is there is not said again, but for a text that goes on.
/// </summary>
internal sealed class PartialArguments
{
    private static readonly JsonSerializerOptions Writing = new() { MaxDepth = JsonBody.MaxDepth };
    private static readonly SearchValues<char> NotInNames = SearchValues.Create("*]'\"\\ ");

    private readonly JsonObject _root = [];
    private readonly StringBuilder _text = new();
    private string? _path;

    /// <summary>A text is not complete.</summary>
    public bool IsOpen => _path is not null;

    /// <summary>False where the piece does not fit what came before, or is none that we know.</summary>
    public bool Take(JsonTree tree, int piece)
    {
        var (path, goesOn) = (tree.Text(tree.Find(piece, "jsonPath"u8)), tree.Find(piece, "willContinue"u8));
        var values = tree.Children(piece).Where(member => tree.Name(member) is "stringValue" or "numberValue" or "boolValue" or "nullValue").ToList();
        if (path is null || values.Count > 1 || tree.Children(piece).Count() != values.Count + 1 + (goesOn < 0 ? 0 : 1)
            || !(tree.IsNothing(goesOn) || tree.IsTrue(goesOn) || tree.IsFalse(goesOn)) || (_path is not null && _path != path))
        {
            return false;
        }

        var value = values.Count == 1 ? values[0] : JsonTree.None;
        if (_path is not null || (value >= 0 && tree.NameIs(value, "stringValue"u8)))
        {
            return TakeText(path, value < 0 ? "" : tree.NameIs(value, "stringValue"u8) ? tree.Text(value) : null, tree.IsTrue(goesOn));
        }

        return value >= 0 && !tree.IsTrue(goesOn) && Value(tree, value, out var node) && Put(path, node);
    }

    /// <returns>In one spelling; null where they are none that could be told.</returns>
    public string? Text() => ToolArguments.OfJson(JsonSerializer.SerializeToUtf8Bytes(_root, Writing));

    private bool TakeText(string path, string? text, bool goesOn)
    {
        _text.Append(text);
        _path = goesOn ? path : null;
        if (text is null || goesOn)
        {
            return text is not null;
        }

        // A lone half of a pair would not be written; SDKs put the halves of two pieces together as well.
        var whole = Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(_text.ToString()));
        _text.Clear();
        return Put(path, JsonValue.Create(whole));
    }

    private static bool Value(JsonTree tree, int value, out JsonNode? node)
    {
        node = null;
        var kind = tree.Kind(value);
        if (tree.NameIs(value, "nullValue"u8))
        {
            return kind is JsonTokenType.Null || tree.TextIs(value, "NULL_VALUE");
        }

        node = JsonNode.Parse(tree.Raw(value));
        return tree.NameIs(value, "numberValue"u8) ? kind is JsonTokenType.Number : kind is JsonTokenType.True or JsonTokenType.False;
    }

    private bool Put(string path, JsonNode? value)
    {
        if (Steps(path) is not { Count: > 0 and <= JsonBody.MaxDepth - 1 } steps)
        {
            return false;
        }

        JsonNode? at = _root;
        for (var i = 0; i < steps.Count; i++)
        {
            var made = i == steps.Count - 1 ? value : steps[i + 1] is int ? new JsonArray() : (JsonNode)new JsonObject();
            if (!TryStep(at, steps[i], made, out var isNew, out at) || (i == steps.Count - 1 && !isNew))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Goes to a member or element, which is <paramref name="made"/> where none is there. False where none can be.</summary>
    private static bool TryStep(JsonNode? from, object step, JsonNode? made, out bool isNew, out JsonNode? at)
    {
        (isNew, at) = (false, null);
        switch (from, step)
        {
            case (JsonObject members, string name):
                isNew = !members.TryGetPropertyValue(name, out at);
                if (isNew)
                {
                    members.Add(name, made);
                }

                break;
            case (JsonArray elements, int index) when index <= elements.Count:
                isNew = index == elements.Count;
                if (isNew)
                {
                    elements.Add(made);
                }

                at = elements[index];
                break;
            default:
                return false;
        }

        at = isNew ? made : at;
        return true;
    }

    /// <summary>RFC 9535, of single names and places only. Null for everything else.</summary>
    private static List<object>? Steps(string path)
    {
        if (!path.StartsWith('$'))
        {
            return null;
        }

        var steps = new List<object>();
        for (var rest = path.AsSpan(1); !rest.IsEmpty;)
        {
            int length;
            if (rest[0] == '.')
            {
                rest = rest[1..];
                length = rest.IndexOfAny('.', '[') is var end and >= 0 ? end : rest.Length;
                if (length == 0 || rest[..length].IndexOfAny(NotInNames) >= 0)
                {
                    return null;
                }

                steps.Add(rest[..length].ToString());
                rest = rest[length..];
                continue;
            }

            length = rest.IndexOf(']');
            if (rest[0] != '[' || length < 2)
            {
                return null;
            }

            var inside = rest[1..length];
            rest = rest[(length + 1)..];
            if (inside.Length > 2 && inside[0] is '\'' or '"' && inside[^1] == inside[0] && inside[1..^1].IndexOfAny("'\"\\") < 0)
            {
                steps.Add(inside[1..^1].ToString());
            }
            else if (ushort.TryParse(inside, NumberStyles.None, CultureInfo.InvariantCulture, out var index))
            {
                steps.Add((int)index);
            }
            else
            {
                return null;
            }
        }

        return steps;
    }
}
