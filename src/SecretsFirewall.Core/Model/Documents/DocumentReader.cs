using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using System.Text.Unicode;

namespace SecretsFirewall.Model.Documents;

/// <summary>
/// Reads a file that people write (policies, detection rules) against the shape of its record and reports every fault in it at once,
/// each with its line. (The serializer alone would stop at the first, and forget where things stood.) What passes here is then read by
/// the serializer itself.
/// </summary>
internal ref struct DocumentReader
{
    private const int MaxDepth = 32;

    private readonly ReadOnlySpan<byte> _file;
    private readonly JsonSerializerContext _shapes;
    private readonly List<DocumentFault> _faults;
    private readonly Dictionary<string, int> _lines = [];
    private Utf8JsonReader _reader;
    private int _lineEnd;
    private int _line = 1;

    private DocumentReader(ReadOnlySpan<byte> file, JsonSerializerContext shapes, List<DocumentFault> faults)
    {
        _file = file;
        _shapes = shapes;
        _faults = faults;
        _reader = new Utf8JsonReader(file, new JsonReaderOptions
        {
            CommentHandling = JsonCommentHandling.Skip,
            AllowTrailingCommas = true,
            MaxDepth = MaxDepth,
        });
    }

    /// <param name="shapes">Must describe <typeparamref name="T"/> and refuse what the reader refuses.</param>
    /// <returns>The document with the line of each of its values; null if something was wrong: <paramref name="faults"/> then says what.</returns>
    public static (T Document, DocumentLines Lines)? Read<T>(ReadOnlySpan<byte> file, JsonSerializerContext shapes, List<DocumentFault> faults)
        where T : class
    {
        if (!Utf8.IsValid(file))
        {
            faults.Add(new DocumentFault(0, "The file is not UTF-8."));
            return null;
        }

        var type = (JsonTypeInfo<T>)shapes.GetTypeInfo(typeof(T))!;
        var found = new List<DocumentFault>();
        var reader = new DocumentReader(file, shapes, found);
        try
        {
            reader.ReadFile(type);
            if (found.Count == 0)
            {
                return (JsonSerializer.Deserialize(file, type)!, new DocumentLines(reader._lines));
            }
        }
        catch (JsonException fault)
        {
            found.Add(new DocumentFault((int)(fault.LineNumber ?? -1) + 1, $"Not valid JSON: {WithoutPosition(fault.Message)}"));
        }
        catch (InvalidOperationException)
        {
            reader.Fail("The name of a member is no text: it has half a surrogate pair."); // JSON by the grammar alone
        }

        faults.AddRange(found);
        return null;
    }

    private void ReadFile(JsonTypeInfo type)
    {
        _reader.Read();
        ReadValue(type, "");
        _reader.Read(); // Anything but blanks and comments behind the value is a fault.
    }

    private void ReadValue(JsonTypeInfo type, string pointer)
    {
        _lines[pointer] = CurrentLine();
        switch (type.Kind)
        {
            case JsonTypeInfoKind.Object when _reader.TokenType == JsonTokenType.StartObject:
                ReadObject(type, pointer);
                break;
            case JsonTypeInfoKind.Dictionary when _reader.TokenType == JsonTokenType.StartObject:
                ReadDictionary(type, pointer);
                break;
            case JsonTypeInfoKind.Enumerable when _reader.TokenType == JsonTokenType.StartArray:
                ReadArray(type, pointer);
                break;
            case JsonTypeInfoKind.None when _reader.TokenType is not (JsonTokenType.StartObject or JsonTokenType.StartArray or JsonTokenType.Null):
                ReadScalar(type);
                break;
            default:
                Fail($"Expected {Describe(type)}.");
                _reader.Skip();
                break;
        }
    }

    private void ReadObject(JsonTypeInfo type, string pointer)
    {
        var line = CurrentLine();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        while (_reader.Read() && _reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = _reader.GetString()!;
            var isNew = seen.Add(name);
            if (!isNew)
            {
                Fail($"'{name}' stands here twice.");
            }

            var property = type.Properties.FirstOrDefault(candidate => candidate.Name == name);
            if (property is null)
            {
                Fail($"Unknown member '{name}'.");
                _reader.Skip();
                continue;
            }

            _reader.Read();
            ReadValue(_shapes.GetTypeInfo(property.PropertyType)!, $"{pointer}/{name}");
        }

        foreach (var property in type.Properties)
        {
            if (property.IsRequired && !seen.Contains(property.Name))
            {
                _faults.Add(new DocumentFault(line, $"'{property.Name}' is missing."));
            }
        }
    }

    private void ReadDictionary(JsonTypeInfo type, string pointer)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        while (_reader.Read() && _reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = _reader.GetString()!;
            if (!seen.Add(name))
            {
                Fail($"'{name}' stands here twice.");
            }

            _reader.Read();
            ReadValue(_shapes.GetTypeInfo(type.ElementType!)!, $"{pointer}/{name}");
        }
    }

    private void ReadArray(JsonTypeInfo type, string pointer)
    {
        for (var i = 0; _reader.Read() && _reader.TokenType != JsonTokenType.EndArray; i++)
        {
            ReadValue(_shapes.GetTypeInfo(type.ElementType!)!, $"{pointer}/{i}");
        }
    }

    private void ReadScalar(JsonTypeInfo type)
    {
        var copy = _reader;
        try
        {
            JsonSerializer.Deserialize(ref copy, type);
        }
        catch (JsonException)
        {
            Fail($"Expected {Describe(type)}.");
        }
    }

    private void Fail(string message) => _faults.Add(new DocumentFault(CurrentLine(), message));

    private int CurrentLine()
    {
        var start = (int)_reader.TokenStartIndex;
        _line += _file[_lineEnd..start].Count((byte)'\n');
        _lineEnd = start;
        return _line;
    }

    private static string Describe(JsonTypeInfo type)
    {
        var plain = Nullable.GetUnderlyingType(type.Type) ?? type.Type;
        return type.Kind switch
        {
            JsonTypeInfoKind.Enumerable => "a list",
            JsonTypeInfoKind.Object or JsonTypeInfoKind.Dictionary => "an object",
            _ when plain.IsEnum => "one of " + string.Join(", ", Enum.GetNames(plain).Select(JsonNamingPolicy.SnakeCaseLower.ConvertName)),
            _ when plain == typeof(bool) => "true or false",
            _ when plain == typeof(DateOnly) => "a day such as 2027-03-31",
            _ when plain == typeof(DateTimeOffset) => "a time such as 2027-03-31T12:00:00Z",
            _ when plain == typeof(JsonElement) => "a text, a number, true or false",
            _ when plain == typeof(string) => "a text",
            _ when plain == typeof(double) => "a number",
            _ => "a whole number",
        };
    }

    private static string WithoutPosition(string message)
    {
        var position = message.IndexOf(" LineNumber:", StringComparison.Ordinal);
        return position < 0 ? message : message[..position];
    }
}
