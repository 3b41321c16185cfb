using System.Globalization;
using System.Text;

namespace SecretsFirewall.Cli.Importing;

/// <summary>
/// Reads TOML 1.0 as configuration files use it: tables and arrays of tables, dotted and quoted keys, the four kinds of strings, arrays, inline
/// tables, numbers and truth values; dates are kept as text. Stops at the first error. Pure.
/// </summary>
internal sealed class TomlReader
{
    private const int MaxDepth = 32;

    private readonly string _text;
    private int _at;
    private int _line = 1;
    private int _depth;

    private TomlReader(string text) => _text = text.ReplaceLineEndings("\n");

    /// <returns>Null if the text is not TOML; <paramref name="error"/> then says where: <c>12: what is wrong</c>.</returns>
    public static TomlTable? Read(string text, out string error)
    {
        var reader = new TomlReader(text);
        try
        {
            error = "";
            return reader.ReadAll();
        }
        catch (FormatException fault)
        {
            error = string.Create(CultureInfo.InvariantCulture, $"{reader._line}: {fault.Message}");
            return null;
        }
    }

    private char Current => _at < _text.Length ? _text[_at] : '\0';

    private TomlTable ReadAll()
    {
        var root = new TomlTable(1);
        var table = root;
        while (SkipToContent())
        {
            if (Current == '[')
            {
                table = ReadHeader(root);
            }
            else
            {
                ReadPair(table);
            }

            SkipBlanks();
            if (Current == '#')
            {
                SkipLine();
            }

            if (Current is not ('\n' or '\0'))
            {
                throw new FormatException("Something stands behind the value or the header.");
            }
        }

        return root;
    }

    private TomlTable ReadHeader(TomlTable root)
    {
        var isList = _text.AsSpan(_at).StartsWith("[[");
        _at += isList ? 2 : 1;
        var keys = ReadKeys();
        Expect(isList ? "]]" : "]");
        var table = root;
        foreach (var key in keys[..^1])
        {
            table = Inner(table, key);
        }

        if (!isList)
        {
            return Inner(table, keys[^1]);
        }

        var added = new TomlTable(_line);
        if (table[keys[^1]] is { } existing)
        {
            (existing.Content as List<TomlValue> ?? throw new FormatException($"'{keys[^1]}' is no array of tables.")).Add(new TomlValue(added, _line));
        }
        else
        {
            table.TryAdd(keys[^1], new TomlValue(new List<TomlValue> { new(added, _line) }, _line));
        }

        return added;
    }

    /// <summary>The table of that name; of an array of tables its last one; a new one if there is none.</summary>
    private TomlTable Inner(TomlTable table, string key)
    {
        if (table[key] is not { } existing)
        {
            var made = new TomlTable(_line);
            table.TryAdd(key, new TomlValue(made, _line));
            return made;
        }

        return existing.Table ?? (existing.List is [.., var last] ? last.Table : null) ?? throw new FormatException($"'{key}' is no table.");
    }

    private void ReadPair(TomlTable table)
    {
        var keys = ReadKeys();
        Expect("=");
        SkipBlanks();
        var line = _line;
        var value = new TomlValue(ReadValue(), line);
        foreach (var key in keys[..^1])
        {
            table = Inner(table, key);
        }

        if (!table.TryAdd(keys[^1], value))
        {
            throw new FormatException($"'{keys[^1]}' stands here twice.");
        }
    }

    private List<string> ReadKeys()
    {
        var keys = new List<string>();
        do
        {
            _at += keys.Count > 0 ? 1 : 0;
            SkipBlanks();
            keys.Add(ReadKey());
            SkipBlanks();
        }
        while (Current == '.');
        return keys;
    }

    private string ReadKey()
    {
        if (Current is '"' or '\'')
        {
            return ReadText();
        }

        var start = _at;
        while (char.IsAsciiLetterOrDigit(Current) || Current is '_' or '-')
        {
            _at++;
        }

        return _at > start ? _text[start.._at] : throw new FormatException("A key is missing.");
    }

    private object ReadValue()
    {
        if (++_depth > MaxDepth)
        {
            throw new FormatException("Nested too deep.");
        }

        var value = Current switch
        {
            '"' or '\'' => ReadText(),
            '[' => ReadList(),
            '{' => ReadInline(),
            _ => ReadWord(),
        };
        _depth--;
        return value;
    }

    private List<TomlValue> ReadList()
    {
        var list = new List<TomlValue>();
        _at++;
        while (SkipToContent() && Current != ']')
        {
            var line = _line;
            list.Add(new TomlValue(ReadValue(), line));
            SkipToContent();
            if (Current == ',')
            {
                _at++;
            }
            else if (Current != ']')
            {
                throw new FormatException("Between the values of an array stands a comma.");
            }
        }

        Expect("]");
        return list;
    }

    private TomlTable ReadInline()
    {
        var table = new TomlTable(_line);
        _at++;
        SkipBlanks();
        while (Current is not ('}' or '\0' or '\n'))
        {
            ReadPair(table);
            SkipBlanks();
            if (Current == ',')
            {
                _at++;
                SkipBlanks();
            }
        }

        Expect("}");
        return table;
    }

    private object ReadWord()
    {
        var start = _at;
        while (char.IsAsciiLetterOrDigit(Current) || Current is '+' or '-' or '.' or '_' or ':')
        {
            _at++;
        }

        var word = _text[start.._at];
        var digits = word.Replace("_", "", StringComparison.Ordinal);
        return word switch
        {
            "true" => true,
            "false" => false,
            "" => throw new FormatException("A value is missing."),
            _ when long.TryParse(digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole) => whole,
            _ when double.TryParse(digits, NumberStyles.Float, CultureInfo.InvariantCulture, out var real) => real,
            _ when char.IsAsciiDigit(word[0]) => word,
            _ => throw new FormatException("This is no value; texts stand in quotes."),
        };
    }

    private string ReadText()
    {
        var quote = Current;
        var fence = new string(quote, 3);
        var isLong = _text.AsSpan(_at).StartsWith(fence);
        _at += isLong ? 3 : 1;
        if (isLong && Current == '\n')
        {
            _at++;
            _line++;
        }

        var text = new StringBuilder();
        while (true)
        {
            var next = Current;
            if (_at >= _text.Length || (next == '\n' && !isLong))
            {
                throw new FormatException("A text is not closed.");
            }

            if (isLong ? _text.AsSpan(_at).StartsWith(fence) : next == quote)
            {
                // Up to two more quotes before the closing three are the text's own.
                var own = isLong ? Math.Min(2, _text.AsSpan(_at + 3).IndexOfAnyExcept(quote) is var more and >= 0 ? more : _text.Length - _at - 3) : 0;
                text.Append(quote, own);
                _at += own + (isLong ? 3 : 1);
                return text.ToString();
            }

            _line += next == '\n' ? 1 : 0;
            _at++;
            if (next == '\\' && quote == '"')
            {
                ReadEscape(text, isLong);
            }
            else
            {
                text.Append(next);
            }
        }
    }

    private void ReadEscape(StringBuilder text, bool isLong)
    {
        var letter = Current;
        _at++;
        switch (letter)
        {
            case 'b' or 't' or 'n' or 'f' or 'r' or '"' or '\\' or 'e':
                text.Append(letter switch { 'b' => '\b', 't' => '\t', 'n' => '\n', 'f' => '\f', 'r' => '\r', 'e' => '\e', _ => letter });
                break;
            case 'u' or 'U':
                var length = letter == 'u' ? 4 : 8;
                if (_at + length > _text.Length
                    || !int.TryParse(_text.AsSpan(_at, length), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code)
                    || !Rune.TryCreate(code, out var rune))
                {
                    throw new FormatException("This escape names no character.");
                }

                text.Append(rune.ToString());
                _at += length;
                break;
            case ' ' or '\t' or '\n' when isLong:
                _line += letter == '\n' ? 1 : 0;
                while (char.IsWhiteSpace(Current))
                {
                    _line += Current == '\n' ? 1 : 0;
                    _at++;
                }

                break;
            default:
                throw new FormatException("There is no such escape; patterns stand in '''three single quotes'''.");
        }
    }

    private void Expect(string text)
    {
        SkipBlanks();
        if (!_text.AsSpan(_at).StartsWith(text))
        {
            throw new FormatException($"'{text}' is missing.");
        }

        _at += text.Length;
    }

    private void SkipBlanks()
    {
        while (Current is ' ' or '\t')
        {
            _at++;
        }
    }

    private void SkipLine()
    {
        while (Current is not ('\n' or '\0'))
        {
            _at++;
        }
    }

    /// <summary>Over blanks, line ends and comments; false at the end.</summary>
    private bool SkipToContent()
    {
        while (_at < _text.Length)
        {
            if (Current == '#')
            {
                SkipLine();
            }
            else if (char.IsWhiteSpace(Current) || Current == '\uFEFF')
            {
                _line += Current == '\n' ? 1 : 0;
                _at++;
            }
            else
            {
                return true;
            }
        }

        return false;
    }
}
