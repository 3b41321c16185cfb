using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Text.Unicode;

namespace SecretsFirewall.Policy.Documents;

/// <summary>
/// Reads one file against the shape of <see cref="PolicyDocument"/> and reports every fault in it at once, each with its line.
/// (The serializer alone would stop at the first, and forget where things stood.) What passes here is then read by the serializer itself.
/// </summary>
internal ref struct DocumentReader
{
    private const int MaxDepth = 32;

    private readonly PolicyFile _file;
    private readonly List<PolicyError> _errors;
    private readonly Dictionary<string, int> _lines = [];
    private Utf8JsonReader _reader;
    private int _lineEnd;
    private int _line = 1;

    private DocumentReader(PolicyFile file, List<PolicyError> errors)
    {
        _file = file;
        _errors = errors;
        _reader = new Utf8JsonReader(file.Content.Span, new JsonReaderOptions
        {
            CommentHandling = JsonCommentHandling.Skip,
            AllowTrailingCommas = true,
            MaxDepth = MaxDepth,
        });
    }

    /// <returns>Null if something was wrong; <paramref name="errors"/> then says what.</returns>
    public static DocumentText? Read(PolicyFile file, List<PolicyError> errors)
    {
        if (!Utf8.IsValid(file.Content.Span))
        {
            errors.Add(new PolicyError(file.Path, 0, "The file is not UTF-8."));
            return null;
        }

        var found = new List<PolicyError>();
        var reader = new DocumentReader(file, found);
        try
        {
            reader.ReadFile();
            if (found.Count == 0)
            {
                var document = JsonSerializer.Deserialize(file.Content.Span, PolicyJson.Default.PolicyDocument)!;
                return new DocumentText(file.Path, document, reader._lines);
            }
        }
        catch (JsonException fault)
        {
            found.Add(new PolicyError(file.Path, (int)(fault.LineNumber ?? -1) + 1, $"Not valid JSON: {WithoutPosition(fault.Message)}"));
        }
        catch (InvalidOperationException)
        {
            reader.Fail("The name of a member is no text: it has half a surrogate pair."); // JSON by the grammar alone
        }

        errors.AddRange(found);
        return null;
    }

    private void ReadFile()
    {
        _reader.Read();
        ReadValue(PolicyJson.Default.PolicyDocument, "");
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
            ReadValue(PolicyJson.Default.GetTypeInfo(property.PropertyType)!, $"{pointer}/{name}");
        }

        foreach (var property in type.Properties)
        {
            if (property.IsRequired && !seen.Contains(property.Name))
            {
                _errors.Add(new PolicyError(_file.Path, line, $"'{property.Name}' is missing."));
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
            ReadValue(PolicyJson.Default.GetTypeInfo(type.ElementType!)!, $"{pointer}/{name}");
        }
    }

    private void ReadArray(JsonTypeInfo type, string pointer)
    {
        for (var i = 0; _reader.Read() && _reader.TokenType != JsonTokenType.EndArray; i++)
        {
            ReadValue(PolicyJson.Default.GetTypeInfo(type.ElementType!)!, $"{pointer}/{i}");
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

    private void Fail(string message) => _errors.Add(new PolicyError(_file.Path, CurrentLine(), message));

    private int CurrentLine()
    {
        var start = (int)_reader.TokenStartIndex;
        _line += _file.Content.Span[_lineEnd..start].Count((byte)'\n');
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
            _ when plain == typeof(string) => "a text",
            _ => "a whole number",
        };
    }

    private static string WithoutPosition(string message)
    {
        var position = message.IndexOf(" LineNumber:", StringComparison.Ordinal);
        return position < 0 ? message : message[..position];
    }
}
