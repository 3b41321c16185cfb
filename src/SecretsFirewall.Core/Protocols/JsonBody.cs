using System.Text.Json;
using System.Text.Unicode;

namespace SecretsFirewall.Protocols;

/// <summary>Why a body is not JSON that a decision may rest on: two parsers could read two different things in it.</summary>
public enum JsonDefect
{
    None = 0,
    NotJson,
    DuplicateKey,
    ByteOrderMark,
    InvalidUtf8,
    TooDeep,
}

/// <summary>
/// Where in a JSON text an offset stands.
/// </summary>
/// <param name="Pointer">JSON pointer (RFC 6901) of the value; for a key that of its value; for what is between values, of the object or array around.</param>
/// <param name="IsKey">The offset stands in the name of a member.</param>
/// <param name="IsWholeString">The value is a string: <paramref name="ValueStart"/> and <paramref name="ValueLength"/> delimit all of its content.</param>
/// <param name="IsProtected">Signed or encrypted parts, ids and media data: never rewritten; a registered value in them blocks.</param>
/// <param name="ValueStart">The first byte of the value or key, behind the opening quote.</param>
/// <param name="ValueLength">Its raw length without quotes; 0 between values.</param>
public readonly record struct JsonPlace(string Pointer, bool IsKey, bool IsWholeString, bool IsProtected, int ValueStart, int ValueLength)
{
    /// <summary>Stands for a pointer of more than 8 KB. No pointer itself, so nothing can be bound there.</summary>
    public const string TooDeepToName = "*";
}

/// <summary>Bodies that look like JSON: whether they may be relied on, and what stands where in them.</summary>
public static class JsonBody
{
    /// <summary>Objects and arrays within each other; no API comes near.</summary>
    public const int MaxDepth = 128;

    // Deeper than we accept, so that it is we who say that it is too deep.
    internal const int ReaderDepth = MaxDepth + 1;

    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    // The bytes of blanks and byte order marks in UTF-16 and UTF-32, and what does not stand among them.
    private static ReadOnlySpan<byte> WideBlanks => [0, 0xFE, 0xFF, (byte)' ', (byte)'\t', (byte)'\r', (byte)'\n'];

    private static ReadOnlySpan<byte> NoWideBlank => [0, 0, 0, 0];

    /// <summary>True if the first byte behind blanks (and behind a byte order mark) begins an object, an array or a string.</summary>
    public static bool LooksLikeJson(ReadOnlySpan<byte> firstBytes) => IsOpening(FirstByte(WithoutByteOrderMark(firstBytes)));

    /// <summary>Nothing but JSON's white space.</summary>
    public static bool IsBlank(ReadOnlySpan<byte> text) => text.IndexOfAnyExcept(" \t\r\n"u8) < 0;

    /// <summary>
    /// Begins as JSON does in UTF-16 or UTF-32, which some servers and clients read (RFC 4627 section 3) and nobody here: with a mark or a NUL, behind any blanks.
    /// So does what has nothing else yet.
    /// </summary>
    public static bool IsWide(ReadOnlySpan<byte> firstBytes)
    {
        var text = firstBytes.TrimStart(WideBlanks);
        var before = firstBytes[..^text.Length];
        return before.ContainsAny<byte>(0, 0xFE, 0xFF)
            ? (text.IsEmpty || IsOpening(text[0])) && before.IndexOf(NoWideBlank) < 0
            : text.Length > 1 && text[1] == 0 && IsOpening(text[0]);
    }

    /// <summary>The first thing that is wrong with <paramref name="json"/>; <see cref="JsonDefect.None"/> if every parser reads the same in it.</summary>
    public static JsonDefect Check(ReadOnlySpan<byte> json)
    {
        if (json.StartsWith(ByteOrderMark))
        {
            return JsonDefect.ByteOrderMark;
        }

        return Utf8.IsValid(json) ? StrictJson.Check(json) : JsonDefect.InvalidUtf8;
    }

    /// <summary>
    /// The place of each offset. A text that is not JSON has places as far as it can be read; behind that everything is
    /// protected, since nobody knows what it is.
    /// </summary>
    /// <param name="offsets">In ascending order.</param>
    public static IReadOnlyList<JsonPlace> Locate(ReadOnlySpan<byte> json, IReadOnlyList<int> offsets) => JsonLocator.Locate(json, offsets);

    /// <summary>Begins an object, an array or a string.</summary>
    internal static bool IsOpening(byte first) => first is (byte)'{' or (byte)'[' or (byte)'"';

    internal static ReadOnlySpan<byte> WithoutByteOrderMark(ReadOnlySpan<byte> text) =>
        text.StartsWith(ByteOrderMark) ? text[ByteOrderMark.Length..] : text;

    /// <summary>The first byte that is not JSON's white space; 0 without one.</summary>
    internal static byte FirstByte(ReadOnlySpan<byte> text)
    {
        var first = text.IndexOfAnyExcept(" \t\r\n"u8);
        return first < 0 ? (byte)0 : text[first];
    }

    /// <summary>The text of a string or member name; empty where its escapes or bytes are no text.</summary>
    internal static string Text(ref Utf8JsonReader reader)
    {
        try
        {
            return reader.GetString() ?? "";
        }
        catch (InvalidOperationException)
        {
            return "";
        }
    }
}
