using System.Text;

namespace SecretsFirewall.Commands.PowerShell;

/// <summary>
/// PowerShell, as far as needed to find every command: words with quotes, escapes and variables, pipelines, blocks, expressions in
/// parentheses, calls of methods. Keywords are words here; who walks the tree knows them. Computes only; never throws.
/// </summary>
internal sealed class PowerShellParser
{
    private const char End = '\uffff';

    private readonly string _text;
    private string? _fault;
    private int _at;
    private int _depth;
    private int _nodes;

    private PowerShellParser(string text) => _text = text;

    private char Current => _at < _text.Length ? _text[_at] : End;

    /// <returns>Null if it cannot be parsed; <paramref name="fault"/> then says why.</returns>
    public static PsScript? Parse(string text, out string? fault)
    {
        if (text.Length > CommandLimits.MaxLength)
        {
            fault = "It is too long.";
            return null;
        }

        var parser = new PowerShellParser(text.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\u2013', '-').Replace('\u2014', '-').Replace('\u2015', '-')
            .Replace('\u2018', '\'').Replace('\u2019', '\'').Replace('\u201c', '"').Replace('\u201d', '"')); // it takes these for the plain ones
        var script = parser.ParseScript();
        if (parser._at < parser._text.Length)
        {
            parser.Fail($"'{parser.Current}' stands where nothing is open.");
        }

        fault = parser._fault;
        return fault is null ? script : null;
    }

    private char Peek(int offset) => _at + offset < _text.Length ? _text[_at + offset] : End;

    private bool At(string text) => string.CompareOrdinal(_text, _at, text, 0, text.Length) == 0;

    private void Fail(string reason)
    {
        _fault ??= reason;
        _at = _text.Length;
    }

    // Until the end, or what closes around it.
    private PsScript ParseScript()
    {
        var pipelines = new List<IReadOnlyList<PsElement>>();
        if (++_depth > CommandLimits.MaxDepth)
        {
            Fail("It is nested too deep.");
        }

        while (_at < _text.Length)
        {
            SkipBlanks();
            if (Current is ')' or '}' or End)
            {
                break;
            }

            if (Current is '\n' or ';' or ',')
            {
                _at++;
                continue;
            }

            if (At("&&") || At("||"))
            {
                _at += 2;
                continue;
            }

            var before = _at;
            pipelines.Add(ParsePipeline());
            if (_at == before)
            {
                Fail($"'{Current}' stands where a command begins.");
            }
        }

        _depth--;
        return new PsScript(pipelines);
    }

    private List<PsElement> ParsePipeline()
    {
        var elements = new List<PsElement>();
        while (_fault is null)
        {
            elements.Add(ParseElement());
            SkipBlanks();
            if (Current != '|' || At("||"))
            {
                break;
            }

            _at++;
            SkipLines();
        }

        return elements;
    }

    private PsElement ParseElement()
    {
        var words = new List<PsWord>();
        var targets = new List<PsWord>();
        SkipBlanks();
        var isCall = (Current == '&' && !At("&&")) || (Current == '.' && Peek(1) is ' ' or '\t' or '{' or '(' or '$' or '\'' or '"');
        if (isCall)
        {
            _at++;
        }

        while (_fault is null)
        {
            SkipBlanks();
            if (Current is '\n' or ';' or '|' or ')' or '}' or End)
            {
                break;
            }

            if (Current == '&')
            {
                if (!At("&&"))
                {
                    _at++; // in the background
                }

                break;
            }

            if (Current == ',')
            {
                _at++;
                SkipLines();
                continue;
            }

            if (TakeRedirection())
            {
                if (Current is not ('&' or '\n' or End))
                {
                    targets.Add(ParseWord());
                }
                else if (Current == '&')
                {
                    _at += 2; // 2>&1
                }

                continue;
            }

            words.Add(ParseWord());
            if (++_nodes > CommandLimits.MaxNodes)
            {
                Fail("It has too many parts.");
            }
        }

        _at = Math.Min(_at, _text.Length);
        return new PsElement(isCall, words, targets);
    }

    private bool TakeRedirection()
    {
        var at = _at;
        if (at < _text.Length && (char.IsAsciiDigit(_text[at]) || _text[at] == '*'))
        {
            at++;
        }

        if (at >= _text.Length || _text[at] != '>')
        {
            return false;
        }

        at++;
        _at = at < _text.Length && _text[at] == '>' ? at + 1 : at;
        SkipBlanks();
        return true;
    }

    private PsWord ParseWord()
    {
        var parts = new List<PsPart>();
        var plain = new StringBuilder();
        var start = _at;
        while (_at < _text.Length)
        {
            var character = Current;
            if (character is ' ' or '\t' or '\n' or ';' or '|' or ',' or ')' or '}' or '&' || (character == '>' && plain.Length + parts.Count > 0)
                || (character is '(' or '{' && plain.Length > 0))
            {
                break;
            }

            if (parts.Count > 0 && plain.Length == 0 && (character == '.' || At("::")) && IsMember())
            {
                ParseMember(parts);
                continue;
            }

            switch (character)
            {
                case '`':
                    if (Peek(1) == '\n')
                    {
                        _at += 2;
                        break;
                    }

                    plain.Append(Peek(1) == End ? ' ' : Peek(1));
                    _at += 2;
                    break;
                case '\'':
                    Flush(parts, plain);
                    _at++;
                    parts.Add(new PsPart(PsPartKind.Text, TakeSingleQuoted(), true));
                    break;
                case '"':
                    Flush(parts, plain);
                    _at++;
                    ParseDoubleQuoted(parts, null);
                    break;
                case '@' when Peek(1) is '\'' or '"':
                    Flush(parts, plain);
                    ParseHereString(parts);
                    break;
                case '@' when Peek(1) is '(' or '{':
                    _at++;
                    break;
                case '$':
                    Flush(parts, plain);
                    parts.Add(ParseVariable(false));
                    break;
                case '(':
                    _at++;
                    parts.Add(ParseEnclosed(PsPartKind.Expression, ')'));
                    break;
                case '{':
                    _at++;
                    parts.Add(ParseEnclosed(PsPartKind.Block, '}'));
                    break;
                case '[' when plain.Length == 0:
                    ParseType(parts);
                    break;
                default:
                    plain.Append(character);
                    _at++;
                    break;
            }
        }

        Flush(parts, plain);
        _at = Math.Min(_at, _text.Length);
        if (_at == start)
        {
            Fail("A word is missing.");
        }

        return new PsWord(parts);
    }

    private static void Flush(List<PsPart> parts, StringBuilder text)
    {
        if (text.Length > 0)
        {
            parts.Add(new PsPart(PsPartKind.Text, text.ToString(), false));
            text.Clear();
        }
    }

    private bool IsMember()
    {
        var at = _at + (At("::") ? 2 : 1);
        return at < _text.Length && (char.IsAsciiLetter(_text[at]) || _text[at] is '_' or '\'' or '"' or '$' or '(');
    }

    private void ParseMember(List<PsPart> parts)
    {
        _at += At("::") ? 2 : 1;
        var start = _at;
        while (char.IsAsciiLetterOrDigit(Current) || Current == '_')
        {
            _at++;
        }

        var name = _text[start.._at];
        if (name.Length == 0)
        {
            name = "\0"; // computed
            if (Current != '(')
            {
                _at++;
                while (_at < _text.Length && Current is not ('(' or ' ' or '\n' or ';' or ')' or '}'))
                {
                    _at++;
                }
            }
        }

        PsScript? body = null;
        if (Current == '(')
        {
            _at++;
            body = ParseEnclosed(PsPartKind.Expression, ')').Body;
        }

        parts.Add(new PsPart(PsPartKind.Member, name, false, body));
    }

    private PsPart ParseEnclosed(PsPartKind kind, char close)
    {
        var body = ParseScript();
        SkipBlanks();
        if (Current == close)
        {
            _at++;
        }
        else
        {
            Fail($"'{close}' is missing.");
        }

        return new PsPart(kind, "", false, body);
    }

    // [type], or an index, or a pattern.
    private void ParseType(List<PsPart> parts)
    {
        var close = _text.IndexOf(']', _at);
        var stop = _text.IndexOfAny([' ', '\n', '$', '(', '\''], _at);
        if (close > 0 && (stop < 0 || close < stop))
        {
            parts.Add(new PsPart(PsPartKind.Type, _text[(_at + 1)..close], false));
            _at = close + 1;
            return;
        }

        parts.Add(new PsPart(PsPartKind.Type, "\0", false));
        _at++;
        while (_at < _text.Length && Current != ']' && _fault is null)
        {
            SkipLines();
            if (Current is ']' or End)
            {
                break;
            }

            if (Current is ',' or ';' or '|' or '&' or '>' or ')' or '}')
            {
                _at++;
                continue;
            }

            if (_text.IndexOf(']', _at, Math.Min(400, _text.Length - _at)) is var end and > 0 && _text.AsSpan(_at, end - _at).IndexOfAny("$('\"") < 0)
            {
                _at = end;
                break;
            }

            parts.AddRange(ParseIndexWord().Parts.Select(part => part with { Text = part.Kind == PsPartKind.Text ? "\0" : part.Text }));
        }

        _at = Math.Min(_at + 1, _text.Length);
    }

    // A word within brackets ends at the bracket.
    private PsWord ParseIndexWord()
    {
        var start = _at;
        if (Current is '$')
        {
            return new PsWord([ParseVariable(false)]);
        }

        if (Current == '(')
        {
            _at++;
            return new PsWord([ParseEnclosed(PsPartKind.Expression, ')')]);
        }

        if (Current == '\'')
        {
            _at++;
            return new PsWord([new PsPart(PsPartKind.Text, TakeSingleQuoted(), true)]);
        }

        _at = Math.Max(_at, start) + 1;
        return new PsWord([new PsPart(PsPartKind.Text, "\0", false)]);
    }

    private string TakeSingleQuoted()
    {
        var text = new StringBuilder();
        while (_at < _text.Length)
        {
            if (Current == '\'')
            {
                if (Peek(1) != '\'')
                {
                    _at++;
                    return text.ToString();
                }

                _at++;
            }

            text.Append(Current);
            _at++;
        }

        Fail("A quote is not closed.");
        return "";
    }

    /// <param name="close">Of a here-string; null for an ordinary one.</param>
    private void ParseDoubleQuoted(List<PsPart> parts, string? close)
    {
        var text = new StringBuilder();
        void FlushQuoted()
        {
            parts.Add(new PsPart(PsPartKind.Text, text.ToString(), true));
            text.Clear();
        }

        while (_at < _text.Length)
        {
            if (close is null ? Current == '"' && Peek(1) != '"' : At(close))
            {
                _at += close?.Length ?? 1;
                FlushQuoted();
                return;
            }

            switch (Current)
            {
                case '"' when close is null:
                    text.Append('"');
                    _at += 2;
                    break;
                case '`':
                    text.Append(Peek(1) switch { 'n' => '\n', 't' => '\t', 'r' => '\r', '0' or End => ' ', var other => other });
                    _at += 2;
                    break;
                case '$' when Peek(1) is '(' or '{' or '_' or ':' or '\0' || char.IsAsciiLetter(Peek(1)):
                    FlushQuoted();
                    parts.Add(ParseVariable(true));
                    break;
                default:
                    text.Append(Current);
                    _at++;
                    break;
            }
        }

        Fail("A quote is not closed.");
    }

    private void ParseHereString(List<PsPart> parts)
    {
        var isLiteral = Peek(1) == '\'';
        var line = _text.IndexOf('\n', _at);
        if (line < 0)
        {
            Fail("A here-string is not closed.");
            return;
        }

        _at = line + 1;
        if (!isLiteral)
        {
            ParseDoubleQuoted(parts, "\n\"@");
            return;
        }

        var close = _text.IndexOf("\n'@", Math.Max(0, _at - 1), StringComparison.Ordinal);
        if (close < 0)
        {
            Fail("A here-string is not closed.");
            return;
        }

        parts.Add(new PsPart(PsPartKind.Text, close >= _at ? _text[_at..close] : "", true));
        _at = close + 3;
    }

    // At '$'.
    private PsPart ParseVariable(bool isQuoted)
    {
        _at++;
        if (Current == '(')
        {
            _at++;
            return ParseEnclosed(PsPartKind.Expression, ')') with { IsQuoted = isQuoted };
        }

        if (Current == '{')
        {
            var close = _text.IndexOf('}', _at);
            if (close < 0)
            {
                Fail("'}' is missing.");
                return new PsPart(PsPartKind.Variable, "", isQuoted);
            }

            var braced = _text[(_at + 1)..close];
            _at = close + 1;
            return new PsPart(PsPartKind.Variable, braced.ToLowerInvariant(), isQuoted);
        }

        var start = _at;
        while (char.IsAsciiLetterOrDigit(Current) || Current is '_' or '?' or '^' or '$' || (Current == ':' && Peek(1) != ':' && char.IsAsciiLetter(Peek(1))))
        {
            _at++;
        }

        return new PsPart(PsPartKind.Variable, _text[start.._at].ToLowerInvariant(), isQuoted);
    }

    private void SkipBlanks()
    {
        while (true)
        {
            if (Current is ' ' or '\t' or '\r')
            {
                _at++;
            }
            else if (At("`\n"))
            {
                _at += 2;
            }
            else if (At("<#"))
            {
                var close = _text.IndexOf("#>", _at + 2, StringComparison.Ordinal);
                if (close < 0)
                {
                    Fail("A comment is not closed.");
                    return;
                }

                _at = close + 2;
            }
            else if (Current == '#')
            {
                var end = _text.IndexOf('\n', _at);
                _at = end < 0 ? _text.Length : end;
            }
            else
            {
                return;
            }
        }
    }

    private void SkipLines()
    {
        SkipBlanks();
        while (Current == '\n')
        {
            _at++;
            SkipBlanks();
        }
    }
}
