namespace SecretsFirewall.Commands.Shell;

/// <summary>
/// From the text of a script to its syntax tree: POSIX sh with what bash and zsh add, as far as needed to find every simple command
/// in it. Computes only; never throws. A fault moves the cursor to the end, so that every loop ends at once.
/// </summary>
internal sealed partial class ShellParser
{
    private const char End = '\uffff';

    private static readonly HashSet<string> Closing = ["then", "do", "done", "fi", "else", "elif", "esac", "}"];

    private readonly string _text;
    private readonly List<(ShellRedirection Redirection, string Delimiter, bool IsLiteral, bool StripsTabs)> _hereDocuments = [];
    private string? _fault;
    private int _at;
    private int _depth;
    private int _nodes;

    private ShellParser(string text, int depth, int nodes)
    {
        _text = text;
        _depth = depth;
        _nodes = nodes;
    }

    private char Current => _at < _text.Length ? _text[_at] : End;

    /// <returns>Null if it cannot be parsed; <paramref name="fault"/> then says why.</returns>
    public static ShellSequence? Parse(string text, out string? fault)
    {
        if (text.Length > CommandLimits.MaxLength)
        {
            fault = "It is too long.";
            return null;
        }

        var parser = new ShellParser(text.Replace("\r\n", "\n", StringComparison.Ordinal), 0, 0);
        var script = parser.ParseWhole();
        fault = parser._fault;
        return fault is null ? script : null;
    }

    private ShellSequence ParseWhole()
    {
        var script = ParseList();
        if (_at < _text.Length)
        {
            Fail($"'{PeekPlain() ?? Current.ToString()}' stands where a command begins.");
        }

        ReadHereDocuments();
        return script;
    }

    private char Peek(int offset) => _at + offset < _text.Length ? _text[_at + offset] : End;

    private bool At(string text) => string.CompareOrdinal(_text, _at, text, 0, text.Length) == 0;

    private bool Take(string text)
    {
        if (!At(text))
        {
            return false;
        }

        _at += text.Length;
        return true;
    }

    private void Fail(string reason)
    {
        _fault ??= reason;
        _at = _text.Length;
    }

    private bool Enter()
    {
        if (++_depth > CommandLimits.MaxDepth || ++_nodes > CommandLimits.MaxNodes)
        {
            Fail("It is nested too deep, or has too many parts.");
        }

        return _fault is null;
    }

    // Statements until something that closes: the end, ')', ';;' or a keyword that belongs to what is around.
    private ShellSequence ParseList()
    {
        var statements = new List<ShellNode>();
        if (Enter())
        {
            while (true)
            {
                SkipBlanksAndLines();
                if (_at >= _text.Length || Current == ')' || At(";;") || At(";&") || (PeekPlain() is { } word && Closing.Contains(word)))
                {
                    break;
                }

                statements.Add(ParseAndOr());
                SkipBlanks();
                if (Current is '\n' or End || (Current is ';' && !At(";;") && !At(";&")) || (Current is '&' && !At("&&")))
                {
                    if (Current is ';' or '&')
                    {
                        _at++;
                    }
                }
                else if (Current != ')' && !At(";;") && !At(";&"))
                {
                    Fail($"'{Current}' stands where a command ends.");
                }
            }
        }

        _depth--;
        return new ShellSequence(statements);
    }

    private ShellNode ParseAndOr()
    {
        var first = ParsePipeline();
        List<(bool, ShellNode)>? parts = null;
        while (true)
        {
            SkipBlanks();
            var isOr = At("||");
            if (!isOr && !At("&&"))
            {
                return parts is null ? first : new ShellAndOr(parts);
            }

            _at += 2;
            SkipBlanksAndLines();
            (parts ??= [(false, first)]).Add((isOr, ParsePipeline()));
        }
    }

    private ShellNode ParsePipeline()
    {
        SkipBlanks();
        while (PeekPlain() is "!")
        {
            _at++;
            SkipBlanks();
        }

        var first = ParseCommand();
        List<ShellNode>? stages = null;
        while (true)
        {
            SkipBlanks();
            if (Current != '|' || At("||"))
            {
                return stages is null ? first : new ShellPipeline(stages);
            }

            _at += At("|&") ? 2 : 1;
            SkipBlanksAndLines();
            (stages ??= [first]).Add(ParseCommand());
        }
    }

    private ShellNode ParseCommand()
    {
        var node = Enter() ? ParseCommandItself() : new ShellSequence([]);
        _depth--;
        return node;
    }

    private ShellNode ParseCommandItself()
    {
        SkipBlanks();
        if (At("((") && TryParseArithmeticCommand() is { } arithmetic)
        {
            return arithmetic;
        }

        if (_fault is null && Take("("))
        {
            var body = ParseList();
            Expect(")");
            return new ShellGroup(body, true, ParseRedirections());
        }

        switch (PeekPlain())
        {
            case "{":
                _at++;
                return ParseBraceGroup();
            case "if":
                return ParseIf();
            case "while" or "until":
                return ParseWhile();
            case "for" or "select":
                return ParseFor();
            case "case":
                return ParseCase();
            case "function":
                TakeKeyword("function");
                return ParseFunction(TakeName());
            case "[[":
                return ParseTest();
            case "coproc":
                TakeKeyword("coproc");
                return ParseCommand();
            case "time":
                TakeKeyword("time");
                SkipBlanks();
                while (PeekPlain() is "-p" or "--")
                {
                    TakeName();
                    SkipBlanks();
                }

                return Current is '\n' or ';' or ')' or '&' or '|' or End ? new ShellSequence([]) : ParsePipeline();
            case { } word when Closing.Contains(word):
                Fail($"'{word}' stands where a command begins.");
                return new ShellSequence([]);
            default:
                return ParseSimpleCommand();
        }
    }

    private ShellGroup ParseBraceGroup()
    {
        var body = ParseList();
        TakeKeyword("}");
        return new ShellGroup(body, false, ParseRedirections());
    }

    private ShellBranches ParseIf()
    {
        var bodies = new List<ShellNode>();
        TakeKeyword("if");
        bodies.Add(ParseList());
        TakeKeyword("then");
        bodies.Add(ParseList());
        while (PeekPlain() is "elif")
        {
            TakeKeyword("elif");
            bodies.Add(ParseList());
            TakeKeyword("then");
            bodies.Add(ParseList());
        }

        if (PeekPlain() is "else")
        {
            TakeKeyword("else");
            bodies.Add(ParseList());
        }

        TakeKeyword("fi");
        return new ShellBranches([], bodies, ParseRedirections());
    }

    private ShellLoop ParseWhile()
    {
        TakeName();
        var condition = ParseList();
        var body = ParseDoGroup();
        return new ShellLoop(null, [], condition, body, ParseRedirections());
    }

    private ShellLoop ParseFor()
    {
        TakeName();
        SkipBlanks();
        if (At("(("))
        {
            _at += 2;
            var operands = ParseOperands("))");
            SkipSeparators();
            var inner = PeekPlain() is "{" ? ParseCommand() : ParseDoGroup();
            return new ShellLoop(null, [operands], null, inner, ParseRedirections());
        }

        var variable = TakeName();
        SkipBlanksAndLines();
        List<ShellWord>? words = null;
        if (PeekPlain() is "in")
        {
            TakeKeyword("in");
            words = [];
            SkipBlanks();
            while (Current is not ('\n' or ';' or End) && _fault is null)
            {
                words.Add(ParseWord());
                SkipBlanks();
            }
        }

        SkipSeparators();
        var body = PeekPlain() is "{" ? ParseCommand() : ParseDoGroup();
        return new ShellLoop(variable, words, null, body, ParseRedirections());
    }

    private ShellSequence ParseDoGroup()
    {
        TakeKeyword("do");
        var body = ParseList();
        TakeKeyword("done");
        return body;
    }

    private ShellBranches ParseCase()
    {
        TakeKeyword("case");
        SkipBlanks();
        var words = new List<ShellWord> { ParseWord() };
        var bodies = new List<ShellNode>();
        SkipBlanksAndLines();
        TakeKeyword("in");
        while (_fault is null)
        {
            SkipBlanksAndLines();
            if (PeekPlain() is "esac")
            {
                break;
            }

            Take("(");
            do
            {
                SkipBlanks();
                words.Add(ParseWord());
                SkipBlanks();
            }
            while (Take("|") && _fault is null);

            Expect(")");
            bodies.Add(ParseList());
            SkipBlanks();
            _ = Take(";;&") || Take(";;") || Take(";&");
        }

        TakeKeyword("esac");
        return new ShellBranches(words, bodies, ParseRedirections());
    }

    private ShellTest ParseTest()
    {
        TakeKeyword("[[");
        var words = new List<ShellWord>();
        while (_fault is null)
        {
            SkipBlanksAndLines();
            if (PeekPlain() is "]]")
            {
                _at += 2;
                return new ShellTest(words, ParseRedirections());
            }

            if (_at >= _text.Length)
            {
                break;
            }

            if (!At("<(") && !At(">(") && Current is '(' or ')' or '&' or '|' or '<' or '>' or ';')
            {
                _at++; // operators, and parentheses of a pattern
            }
            else
            {
                words.Add(ParseWord());
            }
        }

        Fail("']]' is missing.");
        return new ShellTest(words, []);
    }

    private ShellTest? TryParseArithmeticCommand()
    {
        var start = _at;
        var nodes = _nodes;
        _at += 2;
        var operands = ParseOperands("))");
        if (_fault is null)
        {
            return new ShellTest([operands], ParseRedirections());
        }

        // Two subshells, one in the other, begin alike. Only the outermost of many is tried twice, or the time would double with each.
        if (_arithmeticRetries++ > 4)
        {
            return null;
        }

        (_at, _nodes, _fault) = (start, nodes, null);
        return null;
    }

    private ShellNode ParseFunction(string name)
    {
        SkipBlanks();
        if (Take("("))
        {
            SkipBlanks();
            Expect(")");
        }

        SkipBlanksAndLines();
        return new ShellFunction(name, ParseCommand());
    }

    private ShellNode ParseSimpleCommand()
    {
        var assignments = new List<ShellAssignment>();
        var words = new List<ShellWord>();
        var redirections = new List<ShellRedirection>();
        while (_fault is null)
        {
            SkipBlanks();
            if (TryParseRedirection(redirections))
            {
                continue;
            }

            if (Current is '\n' or ';' or '&' or '|' or ')' or End)
            {
                break;
            }

            if (Current == '(')
            {
                if (words is [{ Plain: { } name }] && assignments.Count == 0)
                {
                    return ParseFunction(name);
                }

                Fail("'(' stands where a word is expected.");
                break;
            }

            if (TryParseAssignment(isOperand: words.Count > 0) is { } assignment)
            {
                if (words.Count == 0)
                {
                    assignments.Add(assignment);
                }
                else
                {
                    // Of declare, export and the like: the array's words are what is assigned.
                    words.Add(new ShellWord([new ShellPart(ShellPartKind.Text, assignment.Name + "=", false), .. assignment.Value.Parts]));
                }

                continue;
            }

            words.Add(ParseWord());
        }

        if (words.Count == 0 && assignments.Count == 0 && redirections.Count == 0)
        {
            Fail("A command is missing.");
        }

        return new ShellSimpleCommand(assignments, words, redirections);
    }

    // NAME=value, NAME+=value, NAME[i]=value, NAME=(words). As an operand only the last: the others are ordinary words.
    private ShellAssignment? TryParseAssignment(bool isOperand)
    {
        var at = _at;
        while (at < _text.Length && IsNameCharacter(_text[at], at > _at))
        {
            at++;
        }

        if (at == _at || at >= _text.Length)
        {
            return null;
        }

        var name = _text[_at..at];
        var isPlain = true;
        if (_text[at] == '[' && !isOperand)
        {
            var close = _text.IndexOf(']', at);
            if (close < 0 || close + 1 >= _text.Length || _text[close + 1] is not ('=' or '+') || _text.AsSpan(at, close - at).ContainsAny(NotInIndex))
            {
                return null;
            }

            if (_text.AsSpan(at, close - at).ContainsAny("$`"))
            {
                Fail("An index of an array is computed.");
                return null;
            }

            isPlain = false;
            at = close + 1;
        }

        var isAppend = at + 1 < _text.Length && _text[at] == '+' && _text[at + 1] == '=';
        at += isAppend ? 1 : 0;
        if (at >= _text.Length || _text[at] != '=' || (isOperand && (at + 1 >= _text.Length || _text[at + 1] != '(')))
        {
            return null;
        }

        _at = at + 1;
        if (Current == '(')
        {
            _at++;
            return new ShellAssignment(name, ParseArray(), isAppend, isPlain);
        }

        return new ShellAssignment(name, ParseWord(mayBeEmpty: true), isAppend, isPlain);
    }

    // The words of an array, joined by blanks: "${a[@]}" is then split where they were.
    private ShellWord ParseArray()
    {
        var parts = new List<ShellPart>();
        while (_fault is null)
        {
            SkipBlanksAndLines();
            if (Take(")"))
            {
                return new ShellWord(parts);
            }

            if (Current is '(' or ';' or '|' or '&' or End || (Current is '<' or '>' && Peek(1) != '('))
            {
                break;
            }

            if (parts.Count > 0)
            {
                parts.Add(new ShellPart(ShellPartKind.Text, " ", false));
            }

            parts.AddRange(ParseWord().Parts);
        }

        Fail("')' of an array is missing.");
        return ShellWord.Empty;
    }

    private List<ShellRedirection> ParseRedirections()
    {
        var found = new List<ShellRedirection>();
        do
        {
            SkipBlanks();
        }
        while (_fault is null && TryParseRedirection(found));
        return found;
    }

    private bool TryParseRedirection(List<ShellRedirection> found)
    {
        var start = _at;
        while (char.IsAsciiDigit(Current))
        {
            _at++;
        }

        if (_at == start && Current == '{')
        {
            var close = _text.IndexOf('}', _at);
            if (close > 0 && close - _at < 40 && close + 1 < _text.Length && _text[close + 1] is '<' or '>'
                && _text.AsSpan(_at + 1, close - _at - 1).IndexOfAnyExcept(NameCharacters) < 0)
            {
                _at = close + 1;
            }
        }

        int? descriptor = int.TryParse(_text.AsSpan(start, _at - start), out var number) ? number : _at > start ? -1 : null;
        string? @operator = null;
        if (Current is '<' or '>' && Peek(1) != '(')
        {
            @operator = Operators.First(At);
        }
        else if (At("&>") && _at == start)
        {
            @operator = At("&>>") ? "&>>" : "&>";
        }

        if (@operator is null)
        {
            _at = start;
            return false;
        }

        _at += @operator.Length;
        SkipBlanks();
        if (Current is '\n' or ';' or '&' or '|' or ')' or End)
        {
            Fail($"What '{@operator}' is about is missing.");
            return false;
        }

        if (@operator is "<<" or "<<-")
        {
            AddHereDocument(found, @operator);
        }
        else
        {
            found.Add(new ShellRedirection(@operator, ParseWord(), descriptor));
        }

        return true;
    }

    private void AddHereDocument(List<ShellRedirection> found, string @operator)
    {
        var word = ParseWord();
        if (word.Parts.Any(part => part.Kind != ShellPartKind.Text))
        {
            Fail("The end of a here-document is not plain text.");
            return;
        }

        var redirection = new ShellRedirection("<<", ShellWord.Empty, null);
        found.Add(redirection);
        _hereDocuments.Add((redirection, string.Concat(word.Parts.Select(part => part.Text)), word.Parts.Any(part => part.IsQuoted), @operator == "<<-"));
    }

    // Behind the end of a line: the texts that its '<<' announced.
    private void ReadHereDocuments()
    {
        foreach (var (redirection, delimiter, isLiteral, stripsTabs) in _hereDocuments)
        {
            var lines = new List<string>();
            while (_at < _text.Length)
            {
                var end = _text.IndexOf('\n', _at);
                end = end < 0 ? _text.Length : end;
                var line = _text[_at..end];
                line = stripsTabs ? line.TrimStart('\t') : line;
                _at = Math.Min(end + 1, _text.Length);
                if (line == delimiter)
                {
                    break;
                }

                lines.Add(line + "\n");
            }

            var body = string.Concat(lines);
            redirection.Target = isLiteral ? new ShellWord([new ShellPart(ShellPartKind.Text, body, true)]) : ParseNested(body, parser => parser.ParseHereText());
        }

        _hereDocuments.Clear();
    }

    private T ParseNested<T>(string text, Func<ShellParser, T> parse)
    {
        var nested = new ShellParser(text, _depth + 1, _nodes);
        var result = parse(nested);
        _nodes = nested._nodes;
        if (nested._fault is { } fault)
        {
            Fail(fault);
        }

        return result;
    }

    private void SkipBlanks()
    {
        while (true)
        {
            if (Current is ' ' or '\t')
            {
                _at++;
            }
            else if (At("\\\n"))
            {
                _at += 2;
            }
            else if (Current == '#')
            {
                var end = _text.IndexOf('\n', _at); // a word is read whole, so here '#' begins one
                _at = end < 0 ? _text.Length : end;
            }
            else
            {
                return;
            }
        }
    }

    private void SkipBlanksAndLines()
    {
        SkipBlanks();
        while (Current == '\n')
        {
            _at++;
            ReadHereDocuments();
            SkipBlanks();
        }
    }

    private void SkipSeparators()
    {
        SkipBlanksAndLines();
        if (Take(";"))
        {
            SkipBlanksAndLines();
        }
    }

    private void Expect(string text)
    {
        SkipBlanksAndLines();
        if (!Take(text))
        {
            Fail($"'{text}' is missing.");
        }
    }

    private void TakeKeyword(string word)
    {
        SkipBlanksAndLines();
        if (PeekPlain() == word)
        {
            _at += word.Length;
        }
        else
        {
            Fail($"'{word}' is missing.");
        }
    }

    private string TakeName()
    {
        SkipBlanks();
        var word = PeekPlain() ?? "";
        if (word.Length == 0)
        {
            Fail("A name is missing.");
        }

        _at += word.Length;
        return word;
    }

    // The word that begins here, if it has neither quotes nor anything to expand. Bounded: keywords and names are short.
    private string? PeekPlain()
    {
        var at = _at;
        while (at < _text.Length && !IsMeta(_text[at]))
        {
            if (_text[at] is '\'' or '"' or '\\' or '$' or '`' or '\0' || at - _at > 200)
            {
                return null;
            }

            at++;
        }

        return at == _at ? null : _text[_at..at];
    }
}
