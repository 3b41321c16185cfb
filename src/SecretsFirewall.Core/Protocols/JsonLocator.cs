using System.Globalization;
using System.Text;
using System.Text.Json;

namespace SecretsFirewall.Protocols;

/// <summary>
/// Walks a JSON text once and answers for each offset where it stands. Pointers are built only for offsets that are asked for.
/// </summary>
internal ref struct JsonLocator
{
    // A pointer is built for every value with a finding: with a key of megabytes around thousands of them, time would be quadratic.
    private const int LongestPointer = 8 * 1024;

    // And with thousands of values below a long path, memory would be as well.
    private const int MostPointerCharacters = 1024 * 1024;

    private readonly ReadOnlySpan<byte> _json;
    private readonly IReadOnlyList<int> _offsets;
    private readonly List<JsonPlace> _places;
    private readonly List<JsonFrame> _frames = [];
    private Utf8JsonReader _reader;
    private int _pointerCharacters;

    private JsonLocator(ReadOnlySpan<byte> json, IReadOnlyList<int> offsets)
    {
        _json = json;
        _offsets = offsets;
        _places = new List<JsonPlace>(offsets.Count);
        _reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = JsonBody.ReaderDepth });
    }

    public static IReadOnlyList<JsonPlace> Locate(ReadOnlySpan<byte> json, IReadOnlyList<int> offsets)
    {
        var locator = new JsonLocator(json, offsets);
        var isProtected = false;
        try
        {
            locator.Walk();
        }
        catch (JsonException)
        {
            isProtected = true;
        }

        while (locator._places.Count < offsets.Count)
        {
            locator._places.Add(new JsonPlace("", false, false, isProtected, offsets[locator._places.Count], 0));
        }

        return locator._places;
    }

    private void Walk()
    {
        while (_places.Count < _offsets.Count && _reader.Read())
        {
            var start = (int)_reader.TokenStartIndex;
            AnswerBetween(start);
            switch (_reader.TokenType)
            {
                case JsonTokenType.StartObject or JsonTokenType.StartArray:
                    BeginValue();
                    _frames.Add(new JsonFrame(_reader.TokenType == JsonTokenType.StartArray, start));
                    break;
                case JsonTokenType.EndObject or JsonTokenType.EndArray:
                    _frames.RemoveAt(_frames.Count - 1);
                    break;
                case JsonTokenType.PropertyName:
                    _frames[^1] = _frames[^1] with { KeyStart = start + 1, KeyLength = _reader.ValueSpan.Length };
                    AnswerScalar(start + 1, isKey: true, isString: false);
                    break;
                case JsonTokenType.String:
                    BeginValue();
                    AnswerScalar(start + 1, isKey: false, isString: true);
                    break;
                default:
                    BeginValue();
                    AnswerScalar(start, isKey: false, isString: false);
                    break;
            }
        }
    }

    private readonly void BeginValue()
    {
        if (_frames.Count > 0 && _frames[^1].IsArray)
        {
            _frames[^1] = _frames[^1] with { Index = _frames[^1].Index + 1 };
        }
    }

    // What stands before this token and behind the last one: punctuation and blanks of the object or array around.
    private void AnswerBetween(int tokenStart)
    {
        while (_places.Count < _offsets.Count && _offsets[_places.Count] < tokenStart)
        {
            _places.Add(new JsonPlace(Pointer(Math.Max(0, _frames.Count - 1)), false, false, false, _offsets[_places.Count], 0));
        }
    }

    private void AnswerScalar(int valueStart, bool isKey, bool isString)
    {
        var length = _reader.ValueSpan.Length;
        var end = valueStart + length + (isKey || isString ? 1 : 0);
        if (_places.Count == _offsets.Count || _offsets[_places.Count] >= end)
        {
            return;
        }

        var isProtected = !isKey && new ProtectedParts(_json, _frames).Covers(_json.Slice(valueStart, length));
        var place = new JsonPlace(Pointer(_frames.Count), isKey, isString, isProtected, valueStart, length);
        while (_places.Count < _offsets.Count && _offsets[_places.Count] < end)
        {
            _places.Add(place);
        }
    }

    private string Pointer(int depth)
    {
        if (_pointerCharacters > MostPointerCharacters)
        {
            return JsonPlace.TooDeepToName;
        }

        var pointer = new StringBuilder();
        for (var i = 0; i < depth; i++)
        {
            if (pointer.Length + _frames[i].KeyLength > LongestPointer)
            {
                return JsonPlace.TooDeepToName;
            }

            pointer.Append('/');
            if (_frames[i].IsArray)
            {
                pointer.Append(CultureInfo.InvariantCulture, $"{Math.Max(0, _frames[i].Index)}");
            }
            else
            {
                pointer.Append(_frames[i].Key(_json).Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal));
            }
        }

        _pointerCharacters += pointer.Length;
        return pointer.ToString();
    }
}

/// <summary>An object or array that is open, and which of its values is being read.</summary>
internal readonly record struct JsonFrame(bool IsArray, int Start)
{
    public int Index { get; init; } = -1;

    public int KeyStart { get; init; }

    public int KeyLength { get; init; }

    // Six raw characters (\u0061) for each of a pointer's at most.
    private const int LongestKey = 8 * 1024;

    /// <summary>Empty in an array, and where the key is longer than any that has a meaning to us.</summary>
    public string Key(ReadOnlySpan<byte> json)
    {
        if (KeyStart == 0 || KeyLength > LongestKey)
        {
            return "";
        }

        var reader = new Utf8JsonReader(json.Slice(KeyStart - 1, KeyLength + 2));
        reader.Read();
        return JsonBody.Text(ref reader);
    }
}
