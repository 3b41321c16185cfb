namespace SecretsFirewall.Protocols;

/// <summary>In which characters a text is written, by its label.</summary>
public enum TextCharset
{
    /// <summary>A reader who minds the label may find other quotes and braces than we do: UTF-7, UTF-16, EBCDIC, or whatever it is.</summary>
    Other = 0,

    /// <summary>Letters may be others, quotes and braces are not.</summary>
    SingleByte,

    /// <summary>UTF-8 or ASCII, or nothing is said.</summary>
    Utf8,
}

/// <summary>What a Content-Type says about its body.</summary>
public static class ContentLabel
{
    private const string Name = "charset";

    /// <summary>Type and subtype alone.</summary>
    public static ReadOnlySpan<char> MediaType(string? contentType)
    {
        var type = contentType.AsSpan();
        return type[..(type.IndexOf(';') is var end and >= 0 ? end : type.Length)].Trim();
    }

    /// <summary>It is one JSON text.</summary>
    public static bool SaysJson(string? contentType) => MediaType(contentType).EndsWith("json", StringComparison.OrdinalIgnoreCase) && !SaysJsonLines(contentType);

    /// <summary>It is one JSON text a line.</summary>
    public static bool SaysJsonLines(string? contentType) =>
        MediaType(contentType) is var type && (type.EndsWith("ndjson", StringComparison.OrdinalIgnoreCase) || type.EndsWith("jsonl", StringComparison.OrdinalIgnoreCase));

    /// <summary>The worst of all that the label could be taken to say. Readers differ in where a parameter begins, so each place that has the word counts.</summary>
    public static TextCharset Charset(string? contentType)
    {
        var worst = TextCharset.Utf8;
        for (var rest = contentType.AsSpan(); rest.IndexOf(Name, StringComparison.OrdinalIgnoreCase) is var at and >= 0;)
        {
            rest = rest[(at + Name.Length)..];
            var one = rest.TrimStart() is ['=', .. var value] ? Named(value[..(value.IndexOfAny(';', ',') is var end and >= 0 ? end : value.Length)].Trim(" \t\"'")) : TextCharset.Other;
            worst = one < worst ? one : worst;
        }

        return worst;
    }

    private static TextCharset Named(ReadOnlySpan<char> charset)
    {
        Span<char> name = stackalloc char[16];
        return charset.Length > name.Length ? TextCharset.Other : name[..charset.ToLowerInvariant(name)] switch
        {
            "utf-8" or "utf8" or "us-ascii" or "ascii" => TextCharset.Utf8,
            "latin1" or "latin-1" or ['i', 's', 'o', '-', '8', '8', '5', '9', '-', ..] or ['w', 'i', 'n', 'd', 'o', 'w', 's', '-', '1', '2', '5', _] => TextCharset.SingleByte,
            _ => TextCharset.Other,
        };
    }
}
