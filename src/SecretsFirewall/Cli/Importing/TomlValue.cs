namespace SecretsFirewall.Cli.Importing;

/// <summary>A value of a TOML file with the line that it stands in.</summary>
/// <param name="Content">A <see cref="string"/> (dates too), <see cref="long"/>, <see cref="double"/>, <see cref="bool"/>, a list of values, or a <see cref="TomlTable"/>.</param>
internal sealed record TomlValue(object Content, int Line)
{
    public string? Text => Content as string;

    public TomlTable? Table => Content as TomlTable;

    public IReadOnlyList<TomlValue>? List => Content as List<TomlValue>;

    public double? Number => Content switch
    {
        long whole => whole,
        double real => real,
        _ => null,
    };

    /// <summary>The texts of a list of texts; null if it is anything else.</summary>
    public IReadOnlyList<string>? Texts => List is { } list && list.All(value => value.Text is not null) ? [.. list.Select(value => value.Text!)] : null;
}

/// <summary>Keys in the order in which they stand.</summary>
internal sealed class TomlTable(int line)
{
    private readonly OrderedDictionary<string, TomlValue> _values = new(StringComparer.Ordinal);

    /// <summary>Where it begins.</summary>
    public int Line => line;

    public IReadOnlyCollection<string> Keys => _values.Keys;

    public TomlValue? this[string key] => _values.GetValueOrDefault(key);

    /// <summary>False if the key is taken.</summary>
    public bool TryAdd(string key, TomlValue value) => _values.TryAdd(key, value);

    /// <summary>Gives a value and takes it out, so that what is left in the end is what nobody asked for.</summary>
    public TomlValue? Take(string key)
    {
        _values.Remove(key, out var value);
        return value;
    }
}
