using System.Buffers;
using System.Globalization;
using System.Text;

namespace SecretsFirewall.Commands.Shell;

/// <summary>Words: quotes, escapes, expansions.</summary>
internal sealed partial class ShellParser
{
    private static readonly string[] Operators = ["<<<", "<<-", "<<", "<>", "<&", "<", ">>", ">&", ">|", ">"];

    private static readonly SearchValues<char> NameCharacters = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");

    private static readonly SearchValues<char> NotInIndex = SearchValues.Create(" \n;|&\0");

    private int _arithmeticRetries;

    private static bool IsMeta(char character) => character is ' ' or '\t' or '\n' or ';' or '&' or '|' or '<' or '>' or '(' or ')';

    private static bool IsNameCharacter(char character, bool mayBeDigit) =>
        character == '_' || char.IsAsciiLetter(character) || (mayBeDigit && char.IsAsciiDigit(character));

    private ShellWord ParseWord(bool mayBeEmpty = false)
    {
        var parts = new List<ShellPart>();
        var plain = new StringBuilder();
        var start = _at;
        while (_at < _text.Length)
        {
            var character = Current;
            if (character is '<' or '>' && Peek(1) == '(')
            {
                Flush(parts, plain, false);
                _at += 2;
                parts.Add(new ShellPart(ShellPartKind.Process, "", true, ParseSubstituted()));
            }
            else if (character == '(' && plain.Length > 0 && plain[^1] is '@' or '?' or '+' or '*' or '!')
            {
                TakeExtendedGlob(plain);
            }
            else if (IsMeta(character))
            {
                break;
            }
            else
            {
                ParsePart(parts, plain);
            }
        }

        Flush(parts, plain, false);
        if (_at == start && !mayBeEmpty)
        {
            Fail("A word is missing.");
        }

        return new ShellWord(parts);
    }

    // extglob: ?(a|b). It is a pattern, so nobody knows what it becomes.
    private void TakeExtendedGlob(StringBuilder plain)
    {
        var close = _text.IndexOf(')', _at);
        if (close < 0 || close - _at > 200)
        {
            Fail("A pattern is not closed.");
            return;
        }

        plain[^1] = '*';
        _at = close + 1;
    }

    private void ParsePart(List<ShellPart> parts, StringBuilder plain)
    {
        switch (Current)
        {
            case '\\' when Peek(1) == '\n':
                _at += 2;
                break;
            case '\\':
                Flush(parts, plain, false);
                parts.Add(new ShellPart(ShellPartKind.Text, Peek(1) == End ? "\\" : Peek(1).ToString(), true));
                _at = Math.Min(_at + 2, _text.Length);
                break;
            case '\'':
                Flush(parts, plain, false);
                TakeSingleQuoted(parts);
                break;
            case '"':
                Flush(parts, plain, false);
                _at++;
                ParseDoubleQuoted(parts);
                break;
            case '$' when Peek(1) == '\'':
                Flush(parts, plain, false);
                _at += 2;
                parts.Add(new ShellPart(ShellPartKind.Text, TakeEscapedText(), true));
                break;
            case '$' when Peek(1) == '"':
                Flush(parts, plain, false);
                _at += 2;
                ParseDoubleQuoted(parts);
                break;
            case '$' or '`' or '\0':
                Flush(parts, plain, false);
                parts.Add(ParseExpansion(false));
                break;
            default:
                plain.Append(Current);
                _at++;
                break;
        }
    }

    private static void Flush(List<ShellPart> parts, StringBuilder text, bool isQuoted)
    {
        if (text.Length > 0)
        {
            parts.Add(new ShellPart(ShellPartKind.Text, text.ToString(), isQuoted));
            text.Clear();
        }
    }

    private void TakeSingleQuoted(List<ShellPart> parts)
    {
        var close = _text.IndexOf('\'', _at + 1);
        if (close < 0)
        {
            Fail("A quote is not closed.");
            return;
        }

        var text = _text[(_at + 1)..close];
        if (text.Contains('\0', StringComparison.Ordinal))
        {
            parts.Add(new ShellPart(ShellPartKind.Unknown, text, true)); // what stands there may hold a quote
        }
        else
        {
            parts.Add(new ShellPart(ShellPartKind.Text, text, true));
        }

        _at = close + 1;
    }

    private void ParseDoubleQuoted(List<ShellPart> parts)
    {
        var text = new StringBuilder();
        var before = parts.Count;
        while (Current != '"')
        {
            if (_at >= _text.Length)
            {
                Fail("A quote is not closed.");
                return;
            }

            ParseQuotedPart(parts, text);
        }

        _at++;
        Flush(parts, text, true);
        if (parts.Count == before)
        {
            parts.Add(new ShellPart(ShellPartKind.Text, "", true));
        }
    }

    private void ParseQuotedPart(List<ShellPart> parts, StringBuilder text)
    {
        switch (Current)
        {
            case '\\' when Peek(1) is '$' or '`' or '"' or '\\':
                text.Append(Peek(1));
                _at += 2;
                break;
            case '\\' when Peek(1) == '\n':
                _at += 2;
                break;
            case '$' or '`' or '\0':
                Flush(parts, text, true);
                parts.Add(ParseExpansion(true));
                break;
            default:
                text.Append(Current);
                _at++;
                break;
        }
    }

    // A here-document whose end is not quoted is as text between double quotes, except that '"' means nothing.
    private ShellWord ParseHereText()
    {
        var parts = new List<ShellPart>();
        var text = new StringBuilder();
        if (Enter())
        {
            while (_at < _text.Length)
            {
                ParseQuotedPart(parts, text);
            }
        }

        Flush(parts, text, true);
        return new ShellWord(parts);
    }

    // At '$', '`' or a gap.
    private ShellPart ParseExpansion(bool isQuoted)
    {
        if (!Enter())
        {
            _depth--;
            return new ShellPart(ShellPartKind.Unknown, "", isQuoted);
        }

        var part = ParseExpansionItself(isQuoted);
        _depth--;
        return part;
    }

    private ShellPart ParseExpansionItself(bool isQuoted)
    {
        if (Current == '\0')
        {
            _at++;
            return new ShellPart(ShellPartKind.Unknown, "", isQuoted);
        }

        if (Current == '`')
        {
            return ParseBackticks(isQuoted);
        }

        _at++;
        switch (Current)
        {
            case '(':
                if (Peek(1) == '(' && TryParseArithmetic(isQuoted) is { } arithmetic)
                {
                    return arithmetic;
                }

                if (_fault is not null)
                {
                    return new ShellPart(ShellPartKind.Unknown, "", isQuoted);
                }

                _at++;
                return new ShellPart(ShellPartKind.Substitution, "", isQuoted, ParseSubstituted());
            case '{':
                _at++;
                return ParseBracedVariable(isQuoted);
            case '[':
                _at++;
                return new ShellPart(ShellPartKind.Unknown, "0", isQuoted, null, ParseOperands("]"));
            case '@' or '*' or '#' or '?' or '-' or '$' or '!' or >= '0' and <= '9':
                return new ShellPart(ShellPartKind.Variable, _text[_at++].ToString(), isQuoted);
        }

        var start = _at;
        while (IsNameCharacter(Current, _at > start))
        {
            _at++;
        }

        return _at == start
            ? new ShellPart(ShellPartKind.Text, "$", isQuoted)
            : new ShellPart(ShellPartKind.Variable, _text[start.._at], isQuoted);
    }

    private ShellSequence ParseSubstituted()
    {
        var outer = _hereDocuments.ToArray();
        _hereDocuments.Clear();
        var body = ParseList();
        Expect(")");
        _hereDocuments.InsertRange(0, outer);
        return body;
    }

    private ShellPart? TryParseArithmetic(bool isQuoted)
    {
        var (start, nodes) = (_at, _nodes);
        _at += 2;
        var operands = ParseOperands("))");
        if (_fault is null)
        {
            return new ShellPart(ShellPartKind.Unknown, "0", isQuoted, null, operands);
        }

        if (_arithmeticRetries++ > 4)
        {
            return null;
        }

        (_at, _nodes, _fault) = (start, nodes, null); // $( (…) … )
        return null;
    }

    private ShellPart ParseBackticks(bool isQuoted)
    {
        var text = new StringBuilder();
        _at++;
        while (Current != '`')
        {
            if (_at >= _text.Length)
            {
                Fail("A backtick is not closed.");
                return new ShellPart(ShellPartKind.Unknown, "", isQuoted);
            }

            if (Current == '\\' && (Peek(1) is '`' or '\\' or '$' || (isQuoted && Peek(1) == '"')))
            {
                _at++;
            }

            text.Append(Current);
            _at++;
        }

        _at++;
        return new ShellPart(ShellPartKind.Substitution, "", isQuoted, ParseNested(text.ToString(), parser => parser.ParseWhole()));
    }

    // Behind '${'.
    private ShellPart ParseBracedVariable(bool isQuoted)
    {
        var isComputed = Current is '!' or '#' && Peek(1) != '}';
        if (isComputed)
        {
            _at++;
        }

        var start = _at;
        if (Current is '@' or '*' or '#' or '?' or '-' or '$' or '!')
        {
            _at++;
        }
        else
        {
            while (IsNameCharacter(Current, true))
            {
                _at++;
            }
        }

        var name = _text[start.._at];
        var isArray = Take("[@]") || Take("[*]");
        if (Current == '}' && !isComputed && name.Length > 0)
        {
            _at++;
            return new ShellPart(ShellPartKind.Variable, name, isQuoted && !isArray); // the words of an array stay words
        }

        return new ShellPart(ShellPartKind.Unknown, isComputed ? "" : name, isQuoted, null, ParseOperands("}"));
    }

    // Everything up to what closes it, for the substitutions that run in it.
    private ShellWord ParseOperands(string close)
    {
        var parts = new List<ShellPart>();
        var text = new StringBuilder();
        var open = 0;
        while (_at < _text.Length)
        {
            if (open == 0 && Take(close))
            {
                Flush(parts, text, true);
                return new ShellWord(parts);
            }

            switch (Current)
            {
                case '\'' when close == "}":
                    Flush(parts, text, true);
                    TakeSingleQuoted(parts);
                    break;
                case '"':
                    Flush(parts, text, true);
                    _at++;
                    ParseDoubleQuoted(parts);
                    break;
                case '(' when close != "}":
                    open++;
                    goto default;
                case ')' when close != "}" && open > 0:
                    open--;
                    goto default;
                case ')' when close == "))":
                    Fail("It is no arithmetic.");
                    break;
                case '<' or '>' when Peek(1) == '(' && close == "}":
                    Flush(parts, text, true);
                    _at += 2;
                    parts.Add(new ShellPart(ShellPartKind.Process, "", true, ParseSubstituted()));
                    break;
                default:
                    if (Current == '\\' && Peek(1) != End)
                    {
                        text.Append(Current);
                        _at++;
                        text.Append(Current);
                        _at++;
                    }
                    else
                    {
                        ParseQuotedPart(parts, text);
                    }

                    break;
            }
        }

        Fail($"'{close}' is missing.");
        return ShellWord.Empty;
    }

    // $'…' of bash: the escapes of C. The cursor stands behind the quote.
    private string TakeEscapedText()
    {
        var start = _at;
        while (Current != '\'')
        {
            if (_at >= _text.Length)
            {
                Fail("A quote is not closed.");
                return "";
            }

            _at += Current == '\\' ? 2 : 1;
        }

        var text = _text[start.._at];
        _at++;
        return Unescape(text);
    }

    /// <summary>The escapes of <c>$'…'</c>, <c>printf</c> and <c>echo -e</c>.</summary>
    public static string Unescape(string text)
    {
        var plain = new StringBuilder();
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '\\' || i + 1 >= text.Length)
            {
                plain.Append(text[i]);
                continue;
            }

            var next = text[++i];
            switch (next)
            {
                case 'n':
                    plain.Append('\n');
                    break;
                case 't':
                    plain.Append('\t');
                    break;
                case 'r':
                    plain.Append('\r');
                    break;
                case 'a' or 'b' or 'f' or 'v':
                    plain.Append(' ');
                    break;
                case 'e' or 'E':
                    plain.Append('\e');
                    break;
                case 'x':
                    Number(16, 2);
                    break;
                case 'u':
                    Number(16, 4);
                    break;
                case 'U':
                    Number(16, 8);
                    break;
                case >= '0' and <= '7':
                    i--;
                    Number(8, next == '0' ? 4 : 3);
                    break;
                case 'c' when i + 1 < text.Length:
                    i++;
                    break;
                case '\\' or '\'' or '"' or '?':
                    plain.Append(next);
                    break;
                default:
                    plain.Append('\\').Append(next);
                    break;
            }

            void Number(int radix, int digits)
            {
                var value = 0;
                var read = 0;
                while (read < digits && i + 1 < text.Length && Digit(text[i + 1]) is var digit && digit >= 0 && digit < radix)
                {
                    value = (value * radix) + digit;
                    read++;
                    i++;
                }

                value &= radix == 8 ? 0xff : 0x1fffff;
                if (read > 0 && value > 0 && value < 0x110000 && value is < 0xd800 or > 0xdfff)
                {
                    plain.Append(CultureInfo.InvariantCulture, $"{char.ConvertFromUtf32(value)}");
                }
            }
        }

        return plain.ToString();
    }

    private static int Digit(char character) => char.IsAsciiHexDigit(character) ? Convert.ToInt32(character.ToString(), 16) : -1;
}
