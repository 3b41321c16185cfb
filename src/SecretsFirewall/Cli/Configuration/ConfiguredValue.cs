namespace SecretsFirewall.Cli.Configuration;

/// <summary>How a value was written. A file says whether something is a number; a variable and a flag cannot.</summary>
internal enum ValueKind
{
    /// <summary>From a variable or a flag.</summary>
    Plain = 0,
    Text,
    Number,
    Boolean,
    List,
    Map,
}

/// <summary>One setting as someone wrote it, and where, so that an error can point to it.</summary>
/// <param name="Key">The setting's path, such as <c>limits.buffer</c>.</param>
/// <param name="Source"><c>config.json</c>, or the name of a variable or flag.</param>
/// <param name="Line">In a file, from 1; else 0.</param>
/// <param name="BaseDirectory">What a relative path in it is relative to.</param>
internal sealed record ConfiguredValue(string Key, string Source, int Line, ValueKind Kind, string BaseDirectory)
{
    public string Text { get; init; } = "";

    public IReadOnlyList<string> Items { get; init; } = [];

    public IReadOnlyList<KeyValuePair<string, string>> Pairs { get; init; } = [];
}

/// <summary>What is wrong with the configuration, and where.</summary>
internal sealed record ConfigurationError(string Source, int Line, string Key, string Message)
{
    public override string ToString() =>
        $"{Source}{(Line > 0 ? $":{Line}" : "")}: {(Key.Length > 0 && Key != Source ? $"{Key}: " : "")}{Message}";
}
