using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace SecretsFirewall.Protocols.ToolCalls;

/// <summary>
/// A JSON text as nodes that know where they are spelled, so that a part can be replaced and the rest stays as it is. Stricter than the grammar, since a decision
/// rests on it: no duplicate names, valid UTF-8. Half a surrogate pair is let be: providers cut texts between the halves, and the next event has the other one.
/// </summary>
internal sealed class JsonTree
{
    public const int None = -1;

    private const int MaxNodes = 1 << 20;

    // Names of small objects are compared with each other; those of larger ones are kept in a set.
    private const int FewMembers = 16;

    private readonly List<Node> _nodes = [];
    private readonly ReadOnlyMemory<byte> _json;

    private JsonTree(ReadOnlyMemory<byte> json) => _json = json;

    /// <summary>A member was asked for that stands there in other capitals: some clients take it, others do not.</summary>
    public bool IsAmbiguous { get; private set; }

    public ReadOnlySpan<byte> Json => _json.Span;

    /// <returns>Null where the text does not have one meaning.</returns>
    public static JsonTree? Read(ReadOnlyMemory<byte> json)
    {
        if (!Utf8.IsValid(json.Span))
        {
            return null;
        }

        var tree = new JsonTree(json);
        try
        {
            return tree.Build() ? tree : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    public JsonTokenType Kind(int node) => node < 0 ? JsonTokenType.None : _nodes[node].Kind;

    public bool IsObject(int node) => Kind(node) is JsonTokenType.StartObject;

    public bool IsArray(int node) => Kind(node) is JsonTokenType.StartArray;

    public bool IsString(int node) => Kind(node) is JsonTokenType.String;

    public bool IsFalse(int node) => Kind(node) is JsonTokenType.False;

    public bool IsTrue(int node) => Kind(node) is JsonTokenType.True;

    /// <summary>Missing or <c>null</c>.</summary>
    public bool IsNothing(int node) => Kind(node) is JsonTokenType.None or JsonTokenType.Null;

    public bool IsEmpty(int node) => _nodes[node].First == None;

    public int Start(int node) => _nodes[node].Start;

    public int End(int node) => _nodes[node].End;

    /// <summary>Where a member begins: at its name.</summary>
    public int MemberStart(int node) => _nodes[node].NameLength < 0 ? _nodes[node].Start : _nodes[node].NameStart - 1;

    public ReadOnlySpan<byte> Raw(int node) => Json[_nodes[node].Start.._nodes[node].End];

    public IEnumerable<int> Children(int node)
    {
        for (var child = node < 0 ? None : _nodes[node].First; child != None; child = _nodes[child].Next)
        {
            yield return child;
        }
    }

    /// <returns><see cref="None"/> where the node is no object or has no such member.</returns>
    public int Find(int node, ReadOnlySpan<byte> name)
    {
        var found = None;
        if (!IsObject(node))
        {
            return found;
        }

        for (var child = _nodes[node].First; child != None; child = _nodes[child].Next)
        {
            if (NameIs(child, name))
            {
                found = child;
            }
            else if (NameIsIgnoringCase(child, name))
            {
                IsAmbiguous = true;
            }
        }

        return found;
    }

    public bool NameIs(int node, ReadOnlySpan<byte> name) =>
        _nodes[node].NameLength >= 0 && (_nodes[node].NameIsEscaped ? Encoding.UTF8.GetBytes(Name(node)).AsSpan().SequenceEqual(name) : RawName(node).SequenceEqual(name));

    public bool NameIsIgnoringCase(int node, ReadOnlySpan<byte> name) =>
        _nodes[node].NameLength >= 0
        && (_nodes[node].NameIsEscaped ? Ascii.EqualsIgnoreCase(Encoding.UTF8.GetBytes(Name(node)), name) : Ascii.EqualsIgnoreCase(RawName(node), name));

    /// <summary>The text of a string; null for everything else.</summary>
    public string? Text(int node) => IsString(node) ? Unescape(Json[(Start(node) + 1)..(End(node) - 1)]) : null;

    public bool TextIs(int node, string text) => Text(node) == text;

    /// <returns>Null where it is no whole number from 0 to 65535.</returns>
    public int? Index(int node) =>
        Kind(node) is JsonTokenType.Number && ushort.TryParse(Raw(node), NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : null;

    public long? Number(int node) =>
        Kind(node) is JsonTokenType.Number && long.TryParse(Raw(node), NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : null;

    private bool Build()
    {
        var reader = new Utf8JsonReader(Json, new JsonReaderOptions { MaxDepth = JsonBody.MaxDepth });
        var open = new Stack<Frame>();
        var name = (Start: 0, Length: -1, IsEscaped: false);
        while (reader.Read())
        {
            switch (reader.TokenType)
            {
                case JsonTokenType.PropertyName:
                    name = ((int)reader.TokenStartIndex + 1, reader.ValueSpan.Length, reader.ValueIsEscaped);
                    break;
                case JsonTokenType.EndObject or JsonTokenType.EndArray:
                    var closed = open.Pop();
                    _nodes[closed.Node] = _nodes[closed.Node] with { End = (int)reader.BytesConsumed };
                    break;
                default:
                    var node = _nodes.Count;
                    if (node == MaxNodes)
                    {
                        return false;
                    }

                    _nodes.Add(new Node(reader.TokenType, name.Start, name.Length, name.IsEscaped, (int)reader.TokenStartIndex, (int)reader.BytesConsumed));
                    name = (0, -1, false);
                    if (open.TryPeek(out var around) && !around.Add(this, node))
                    {
                        return false;
                    }

                    if (reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray)
                    {
                        open.Push(new Frame(node));
                    }

                    break;
            }
        }

        return _nodes.Count > 0;
    }

    private ReadOnlySpan<byte> RawName(int node) => Json.Slice(_nodes[node].NameStart, _nodes[node].NameLength);

    public string Name(int node) => _nodes[node].NameLength < 0 ? "" : Unescape(RawName(node));

    // The grammar was checked; this only has to let half pairs through, which the library's own would not.
    private static string Unescape(ReadOnlySpan<byte> raw)
    {
        if (!raw.Contains((byte)'\\'))
        {
            return Encoding.UTF8.GetString(raw);
        }

        var text = new StringBuilder(raw.Length);
        while (raw.IndexOf((byte)'\\') is var at and >= 0)
        {
            text.Append(Encoding.UTF8.GetString(raw[..at]));
            var isUnit = raw[at + 1] == 'u';
            text.Append(raw[at + 1] switch
            {
                (byte)'u' => (char)ushort.Parse(raw.Slice(at + 2, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture),
                (byte)'b' => '\b',
                (byte)'f' => '\f',
                (byte)'n' => '\n',
                (byte)'r' => '\r',
                (byte)'t' => '\t',
                var plain => (char)plain,
            });
            raw = raw[(at + (isUnit ? 6 : 2))..];
        }

        return text.Append(Encoding.UTF8.GetString(raw)).ToString();
    }

    private readonly record struct Node(JsonTokenType Kind, int NameStart, int NameLength, bool NameIsEscaped, int Start, int End)
    {
        public int First { get; init; } = None;

        public int Next { get; init; } = None;
    }

    private sealed class Frame(int node)
    {
        private int _last = None;
        private int _count;
        private HashSet<string>? _names;

        public int Node => node;

        /// <summary>False for a name that was there already.</summary>
        public bool Add(JsonTree tree, int child)
        {
            if (tree._nodes[child].NameLength >= 0 && !IsNew(tree, child))
            {
                return false;
            }

            if (_last == None)
            {
                tree._nodes[node] = tree._nodes[node] with { First = child };
            }
            else
            {
                tree._nodes[_last] = tree._nodes[_last] with { Next = child };
            }

            _last = child;
            _count++;
            return true;
        }

        private bool IsNew(JsonTree tree, int child)
        {
            var name = tree.Name(child);
            if (_names is null && _count < FewMembers)
            {
                for (var other = tree._nodes[node].First; other != None; other = tree._nodes[other].Next)
                {
                    if (tree.Name(other) == name)
                    {
                        return false;
                    }
                }

                return true;
            }

            _names ??= [.. tree.Children(node).Select(tree.Name)];
            return _names.Add(name);
        }
    }
}
