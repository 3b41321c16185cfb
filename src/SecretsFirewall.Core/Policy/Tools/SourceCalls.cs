using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace SecretsFirewall.Policy.Tools;

/// <param name="Name">With its dots: <c>tools.exec_command</c>.</param>
/// <param name="Arguments">JSON: the object that is given, or what is given by position under <c>command</c>; null where it is not spelled out.</param>
internal sealed record SourceCall(string Name, string? Arguments);

/// <summary>
/// The calls that stand in the source of a program, read as JavaScript, Python and their kin write them: names with dots before a parenthesis, and what is given where
/// it is spelled out. It shows that something is called, and never that nothing else is: <see cref="MayHaveMore"/> says only where that is plain to see.
/// </summary>
internal sealed class SourceCalls
{
    // A program that calls more is looked at by a person.
    private const int MostCalls = 1000;

    private const int MostDepth = 16;

    private static readonly HashSet<string> Words = new(StringComparer.Ordinal) { "if", "for", "while", "switch", "catch", "return", "function", "await", "async", "def", "with", "and", "or", "not", "in" };

    // What calls something that has no name in the source.
    private static readonly HashSet<string> Indirect = new(StringComparer.Ordinal)
    {
        "eval", "exec", "Function", "getattr", "setattr", "__import__", "import", "require", "globals", "locals", "vars", "apply", "call", "bind", "compile", "constructor", "setTimeout",
    };

    private static readonly JsonWriterOptions Writing = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly string _source;
    private readonly List<SourceCall> _calls = [];
    private int _at;

    private SourceCalls(string source) => _source = source;

    public IReadOnlyList<SourceCall> All => _calls;

    /// <summary>Something is called by no name that stands there.</summary>
    public bool MayHaveMore { get; private set; }

    public static SourceCalls Read(string source)
    {
        var calls = new SourceCalls(source);
        calls.Walk();
        return calls;
    }

    private char Current => _at < _source.Length ? _source[_at] : '\0';

    private void Walk()
    {
        var before = '\0';
        while (_at < _source.Length && _calls.Count < MostCalls)
        {
            var c = Current;
            if (c is '"' or '\'' or '`')
            {
                TakeText();
                before = c;
            }
            else if (IsNameStart(c))
            {
                TakeName();
                before = 'a';
            }
            else
            {
                MayHaveMore |= c == '(' && before is ')' or ']';
                before = char.IsWhiteSpace(c) ? before : c;
                _at++;
            }
        }

        MayHaveMore |= _at < _source.Length;
    }

    private void TakeName()
    {
        var start = _at;
        while (IsNamePart(Current) || (Current is '.' or '?' && _at > start))
        {
            _at++;
        }

        var name = _source[start.._at].Replace("?.", ".", StringComparison.Ordinal).TrimEnd('.', '?');
        var last = name[(name.LastIndexOf('.') + 1)..];
        SkipBlanks();
        MayHaveMore |= Current is '`' || (Indirect.Contains(last) && Current is '(' or '[') || (last is "import" or "from" or "require");
        if (Current != '(' || Words.Contains(name))
        {
            return;
        }

        var open = ++_at;
        _calls.Add(new SourceCall(name, Given()));
        _at = open; // calls inside of a call count as well
    }

    /// <summary>What is given to a call, where all of it is spelled out.</summary>
    private string? Given()
    {
        SkipBlanks();
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, Writing))
        {
            var isObject = Current == '{';
            if (!isObject)
            {
                json.WriteStartObject();
                json.WritePropertyName("command");
            }

            if (!TryValue(json, 0))
            {
                json.Reset(Stream.Null);
                return null;
            }

            if (!isObject)
            {
                json.WriteEndObject();
            }
        }

        return Encoding.UTF8.GetString(buffer.ToArray());
    }

    private bool TryValue(Utf8JsonWriter json, int depth)
    {
        SkipBlanks();
        switch (Current)
        {
            case '{' when depth < MostDepth:
                return TryMembers(json, depth);
            case '[' when depth < MostDepth:
                return TryItems(json, depth);
            case '"' or '\'' or '`' when TakeText() is { } text:
                json.WriteStringValue(text);
                return IsEndOfValue();
            default:
                return TryWord(json);
        }
    }

    private bool TryMembers(Utf8JsonWriter json, int depth)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        json.WriteStartObject();
        _at++;
        while (true)
        {
            SkipBlanks();
            if (Current == '}')
            {
                _at++;
                json.WriteEndObject();
                return IsEndOfValue();
            }

            var start = _at;
            var name = Current is '"' or '\'' ? TakeText() : null;
            while (name is null && IsNamePart(Current))
            {
                _at++;
            }

            name ??= _source[start.._at];
            SkipBlanks();
            if (name.Length == 0 || Current != ':' || !names.Add(name))
            {
                return false;
            }

            _at++;
            json.WritePropertyName(name);
            if (!TryValue(json, depth + 1))
            {
                return false;
            }

            SkipComma();
        }
    }

    private bool TryItems(Utf8JsonWriter json, int depth)
    {
        json.WriteStartArray();
        _at++;
        while (true)
        {
            SkipBlanks();
            if (Current == ']')
            {
                _at++;
                json.WriteEndArray();
                return IsEndOfValue();
            }

            if (!TryValue(json, depth + 1))
            {
                return false;
            }

            SkipComma();
        }
    }

    private bool TryWord(Utf8JsonWriter json)
    {
        var start = _at;
        while (IsNamePart(Current) || Current is '.' or '-')
        {
            _at++;
        }

        var word = _source[start.._at];
        if (word is "true" or "True" or "false" or "False")
        {
            json.WriteBooleanValue(word is "true" or "True");
        }
        else if (word is "null" or "None" or "undefined")
        {
            json.WriteNullValue();
        }
        else if (decimal.TryParse(word, NumberStyles.Number, CultureInfo.InvariantCulture, out var number))
        {
            json.WriteNumberValue(number);
        }
        else
        {
            return false;
        }

        return IsEndOfValue();
    }

    // What is joined to a value makes it another one.
    private bool IsEndOfValue()
    {
        SkipBlanks();
        return Current is ',' or '}' or ']' or ')';
    }

    private void SkipBlanks()
    {
        while (char.IsWhiteSpace(Current))
        {
            _at++;
        }
    }

    private void SkipComma()
    {
        SkipBlanks();
        _at += Current == ',' ? 1 : 0;
    }

    /// <summary>The text at which we stand; null where it is not all there. One that has no end ends with its line.</summary>
    private string? TakeText()
    {
        var quote = Current;
        var text = new StringBuilder();
        for (_at++; _at < _source.Length; _at++)
        {
            var c = Current;
            if (c == quote)
            {
                _at++;
                return quote == '`' && text.ToString().Contains("${", StringComparison.Ordinal) ? Computed() : text.ToString();
            }

            if (c == '\\')
            {
                _at++;
                if (Escaped() is not { } meant)
                {
                    return null;
                }

                text.Append(meant);
            }
            else if (c is '\r' or '\n' && quote != '`')
            {
                return null;
            }
            else
            {
                text.Append(c);
            }
        }

        return null;
    }

    private string? Computed()
    {
        MayHaveMore = true; // what stands in a template is run as well
        return null;
    }

    private string? Escaped() => Current switch
    {
        'n' => "\n",
        'r' => "\r",
        't' => "\t",
        '\n' => "",
        'x' => Code(2),
        'u' => Code(4),
        var c when char.IsAsciiLetterOrDigit(c) => null,
        var c => c.ToString(),
    };

    private string? Code(int digits)
    {
        var from = _at + 1;
        if (from + digits > _source.Length || !ushort.TryParse(_source.AsSpan(from, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var unit))
        {
            return null;
        }

        _at += digits;
        return ((char)unit).ToString();
    }

    private static bool IsNameStart(char c) => char.IsLetter(c) || c is '_' or '$';

    private static bool IsNamePart(char c) => IsNameStart(c) || char.IsDigit(c);
}
