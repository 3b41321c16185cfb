using System.Text;
using System.Text.Json;

namespace SecretsFirewall.Cli.Configuration;

/// <summary>
/// Reads <c>config.json</c>: JSON with comments, and otherwise strict. A key that is unknown or stands twice is an error, since a setting
/// that is misspelt must not look as if it were in force. Reads on after an error, so that all are told at once; only broken syntax ends it.
/// </summary>
internal ref struct ConfigurationFile
{
    public const string Name = "config.json";

    private readonly ReadOnlySpan<byte> _bytes;
    private readonly string _directory;
    private readonly List<ConfiguredValue> _values;
    private readonly List<ConfigurationError> _errors;
    private Utf8JsonReader _reader;

    private ConfigurationFile(ReadOnlySpan<byte> bytes, string directory, List<ConfiguredValue> values, List<ConfigurationError> errors)
    {
        _bytes = bytes;
        _directory = directory;
        _values = values;
        _errors = errors;
        _reader = new Utf8JsonReader(bytes, new JsonReaderOptions { CommentHandling = JsonCommentHandling.Skip, MaxDepth = 8 });
    }

    private readonly int Line => 1 + _bytes[..(int)_reader.TokenStartIndex].Count((byte)'\n');

    /// <param name="directory">Where the file lies: relative paths in it start there.</param>
    public static void Read(ReadOnlySpan<byte> bytes, string directory, List<ConfiguredValue> values, List<ConfigurationError> errors)
    {
        var file = new ConfigurationFile(bytes, directory, values, errors);
        try
        {
            file.ReadDocument();
        }
        catch (JsonException e)
        {
            errors.Add(new ConfigurationError(Name, (int)(e.LineNumber ?? 0) + 1, "", "This is not JSON from here on (comments are allowed, trailing commas are not)."));
        }
    }

    private void ReadDocument()
    {
        _reader.Read();
        if (_reader.TokenType != JsonTokenType.StartObject)
        {
            _errors.Add(new ConfigurationError(Name, Line, "", "The file must hold one object: { … }"));
            return;
        }

        ReadObject("");
        while (_reader.Read())
        {
            // Anything behind the object makes the reader throw.
        }
    }

    private void ReadObject(string prefix)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        while (_reader.Read() && _reader.TokenType == JsonTokenType.PropertyName)
        {
            var line = Line;
            var key = prefix + _reader.GetString();
            if (!seen.Add(key))
            {
                Report(line, key, "stands twice; remove one.");
            }

            _reader.Read();
            ReadMember(key, line);
        }
    }

    private void ReadMember(string key, int line)
    {
        if (SettingsTable.Find(key) is not null)
        {
            ReadValue(key, line);
        }
        else if (SettingsTable.IsSection(key) && _reader.TokenType == JsonTokenType.StartObject)
        {
            ReadObject(key + ".");
        }
        else
        {
            Report(line, key, SettingsTable.IsSection(key) ? "must be an object." : $"is no setting.{SettingsTable.Suggest(key)}");
            _reader.Skip();
        }
    }

    private readonly void Report(int line, string key, string message) => _errors.Add(new ConfigurationError(Name, line, key, message));

    private void ReadValue(string key, int line)
    {
        switch (_reader.TokenType)
        {
            case JsonTokenType.String:
                _values.Add(Value(key, line, ValueKind.Text) with { Text = _reader.GetString()! });
                break;
            case JsonTokenType.Number:
                _values.Add(Value(key, line, ValueKind.Number) with { Text = Encoding.ASCII.GetString(_reader.ValueSpan) });
                break;
            case JsonTokenType.True or JsonTokenType.False:
                _values.Add(Value(key, line, ValueKind.Boolean) with { Text = _reader.TokenType == JsonTokenType.True ? "true" : "false" });
                break;
            case JsonTokenType.StartArray:
                ReadList(key, line);
                break;
            case JsonTokenType.StartObject:
                ReadMap(key, line);
                break;
            default:
                Report(line, key, "must not be null; leave it out for its default.");
                break;
        }
    }

    private void ReadList(string key, int line)
    {
        var items = new List<string>();
        while (_reader.Read() && _reader.TokenType != JsonTokenType.EndArray)
        {
            if (_reader.TokenType == JsonTokenType.String)
            {
                items.Add(_reader.GetString()!);
            }
            else
            {
                Report(Line, key, "may hold strings only.");
                _reader.Skip();
            }
        }

        _values.Add(Value(key, line, ValueKind.List) with { Items = items });
    }

    private void ReadMap(string key, int line)
    {
        var pairs = new List<KeyValuePair<string, string>>();
        while (_reader.Read() && _reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = _reader.GetString()!;
            var at = Line;
            _reader.Read();
            if (_reader.TokenType != JsonTokenType.String)
            {
                Report(at, $"{key}.{name}", "must be a string.");
                _reader.Skip();
            }
            else if (pairs.Exists(p => p.Key == name))
            {
                Report(at, $"{key}.{name}", "stands twice; remove one.");
            }
            else
            {
                pairs.Add(KeyValuePair.Create(name, _reader.GetString()!));
            }
        }

        _values.Add(Value(key, line, ValueKind.Map) with { Pairs = pairs });
    }

    private readonly ConfiguredValue Value(string key, int line, ValueKind kind) => new(key, Name, line, kind, _directory);
}
