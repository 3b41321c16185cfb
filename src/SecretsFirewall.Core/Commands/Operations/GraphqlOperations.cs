namespace SecretsFirewall.Commands.Operations;

/// <summary>
/// What the operations of a GraphQL document are, without its schema (GraphQL October 2021, section 2): <c>query</c>, <c>mutation</c> or
/// <c>subscription</c>, and <c>mutation.FIELD</c> for each field at the top of a mutation. A fragment there is <c>mutation.?</c>.
/// </summary>
internal ref struct GraphqlOperations
{
    private const int MaxDepth = 200;
    private const string Punctuators = "!$&():=@[]{|}-.+";

    private readonly ReadOnlySpan<char> _text;
    private int _at;
    private bool _isBroken;

    private GraphqlOperations(ReadOnlySpan<char> text) => _text = text;

    /// <returns>False where the document has no end, or holds no operation.</returns>
    public static bool TryRead(string document, List<string> actions)
    {
        var reader = new GraphqlOperations(document);
        var before = actions.Count;
        return reader.ReadDocument(actions) && !reader._isBroken && actions.Count > before;
    }

    private bool ReadDocument(List<string> actions)
    {
        while (Next() is { IsEmpty: false } token)
        {
            switch (token)
            {
                case "{":
                    actions.Add("query");
                    if (!ReadSelection(null))
                    {
                        return false;
                    }

                    break;
                case "query" or "mutation" or "subscription":
                    actions.Add(token.ToString());
                    if (!SkipTo("{") || !ReadSelection(token is "mutation" ? actions : null))
                    {
                        return false;
                    }

                    break;
                case "fragment":
                    if (!SkipTo("{") || !ReadSelection(null))
                    {
                        return false;
                    }

                    break;
                default:
                    return false;
            }
        }

        return true;
    }

    // Behind the opening brace. Of a mutation, the names of the fields at this depth: not their aliases, arguments or directives.
    private bool ReadSelection(List<string>? actions)
    {
        var depth = 1;
        var field = "";
        while (depth > 0)
        {
            var token = Next();
            switch (token)
            {
                case "" or ")" or "]":
                    return false;
                case "(" or "[":
                    if (!SkipGroup(Closing(token[0])))
                    {
                        return false;
                    }

                    break;
                case "{":
                    depth++;
                    break;
                case "}":
                    depth--;
                    break;
                case "...":
                    if (depth == 1)
                    {
                        actions?.Add("mutation.?");
                    }

                    break;
                case ":":
                    field = "";
                    break;
                case "@":
                    Next();
                    continue;
                default:
                    if (depth == 1)
                    {
                        Flush(actions, ref field);
                        field = token.ToString();
                    }

                    continue;
            }

            if (token is not ":")
            {
                Flush(actions, ref field);
            }

            if (depth > MaxDepth)
            {
                return false;
            }
        }

        return true;
    }

    private static void Flush(List<string>? actions, ref string field)
    {
        if (field.Length > 0)
        {
            actions?.Add($"mutation.{field}");
        }

        field = "";
    }

    // The name, variables (with braces in their defaults) and directives before a selection.
    private bool SkipTo(string wanted)
    {
        while (Next() is { IsEmpty: false } token)
        {
            if (token.SequenceEqual(wanted))
            {
                return true;
            }

            if (token is ")" or "]" or "}" || (token is "(" or "[" && !SkipGroup(Closing(token[0]))))
            {
                return false;
            }
        }

        return false;
    }

    // Behind an opening bracket. Each is closed by its own kind, or no server takes the document.
    private bool SkipGroup(char close, int depth = 0)
    {
        while (depth < MaxDepth && Next() is { IsEmpty: false } token)
        {
            switch (token[0])
            {
                case '(' or '[' or '{':
                    if (!SkipGroup(Closing(token[0]), depth + 1))
                    {
                        return false;
                    }

                    break;
                case ')' or ']' or '}':
                    return token[0] == close;
                default:
                    break;
            }
        }

        return false;
    }

    private static char Closing(char open) => open switch { '(' => ')', '[' => ']', _ => '}' };

    /// <summary>The next token; empty at the end, where a text is not closed, and where a character is none of the language. Blanks, commas and comments are none; a text is one token.</summary>
    private ReadOnlySpan<char> Next()
    {
        while (_at < _text.Length)
        {
            var start = _at;
            var character = _text[_at];
            if (character is ' ' or '\t' or '\r' or '\n' or ',' or '\uFEFF')
            {
                _at++;
            }
            else if (character == '#')
            {
                var end = _text[_at..].IndexOfAny('\r', '\n');
                _at = end < 0 ? _text.Length : _at + end;
            }
            else if (character == '"')
            {
                if (!SkipText())
                {
                    return End(isBroken: true);
                }

                return _text[start.._at];
            }
            else if (_text[_at..].StartsWith("..."))
            {
                _at += 3;
                return _text[start.._at];
            }
            else if (char.IsAsciiLetterOrDigit(character) || character == '_')
            {
                while (_at < _text.Length && (char.IsAsciiLetterOrDigit(_text[_at]) || _text[_at] == '_'))
                {
                    _at++;
                }

                return _text[start.._at];
            }
            else if (Punctuators.Contains(character))
            {
                _at++;
                return _text[start.._at];
            }
            else
            {
                return End(isBroken: true);
            }
        }

        return End(isBroken: false);
    }

    private ReadOnlySpan<char> End(bool isBroken)
    {
        _isBroken |= isBroken;
        _at = _text.Length;
        return default;
    }

    private bool SkipText()
    {
        const string Block = "\"\"\"";
        if (_text[_at..].StartsWith(Block))
        {
            for (_at += Block.Length; _at < _text.Length; _at++)
            {
                if (_text[_at..].StartsWith("\\" + Block))
                {
                    _at += Block.Length;
                }
                else if (_text[_at..].StartsWith(Block))
                {
                    _at += Block.Length;
                    return true;
                }
            }

            return false;
        }

        for (_at++; _at < _text.Length && _text[_at] is not ('\r' or '\n'); _at++)
        {
            if (_text[_at] == '\\')
            {
                _at++;
            }
            else if (_text[_at] == '"')
            {
                _at++;
                return true;
            }
        }

        return false;
    }
}
