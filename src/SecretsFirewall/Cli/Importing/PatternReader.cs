using System.Globalization;
using System.Text;
using SecretsFirewall.Inspection.Detection.Rules.Matching;

namespace SecretsFirewall.Cli.Importing;

/// <summary>
/// Reads a pattern in the syntax of Go's <c>regexp</c> (RE2, https://github.com/google/re2/wiki/Syntax), in which gitleaks is written, to a tree over
/// bytes. What it cannot follow it names.
/// </summary>
internal sealed class PatternReader
{
    private const int MaxDepth = 100;

    private const string Word = "0-9A-Za-z_";

    private static readonly Dictionary<string, string> Posix = new()
    {
        ["alnum"] = "0-9A-Za-z",
        ["alpha"] = "A-Za-z",
        ["ascii"] = "\x00-\x7F",
        ["blank"] = "\t ",
        ["cntrl"] = "\x00-\x1F\x7F",
        ["digit"] = "0-9",
        ["graph"] = "!-~",
        ["lower"] = "a-z",
        ["print"] = " -~",
        ["punct"] = "!-/:-@[-`{-~",
        ["space"] = "\t\n\v\f\r ",
        ["upper"] = "A-Z",
        ["word"] = Word,
        ["xdigit"] = "0-9A-Fa-f",
    };

    private readonly string _pattern;
    private int _at;
    private int _depth;
    private Flags _flags;

    private PatternReader(string pattern) => _pattern = pattern;

    /// <returns>Null if it cannot be read; <paramref name="problem"/> then says why.</returns>
    public static PatternNode? Read(string pattern, out string problem)
    {
        var reader = new PatternReader(pattern);
        try
        {
            problem = "";
            var node = reader.ReadChoice();
            return reader.IsAtEnd ? node : throw new FormatException("there is a ) too many");
        }
        catch (FormatException fault)
        {
            problem = fault.Message;
            return null;
        }
    }

    private char Current => _at < _pattern.Length ? _pattern[_at] : '\0';

    private bool IsAtEnd => _at >= _pattern.Length;

    private PatternNode ReadChoice()
    {
        if (++_depth > MaxDepth)
        {
            throw new FormatException("it is nested too deep");
        }

        var before = _flags;
        var options = new List<PatternNode> { ReadSequence() };
        while (Current == '|')
        {
            _at++;
            options.Add(ReadSequence());
        }

        _flags = before;
        _depth--;
        return options.Count == 1 ? options[0] : new ChoiceNode(options);
    }

    private SequenceNode ReadSequence()
    {
        var items = new List<PatternNode>();
        while (!IsAtEnd && Current is not ('|' or ')'))
        {
            if (ReadAtom() is { } atom)
            {
                items.Add(ReadRepeats(atom));
            }
        }

        return new SequenceNode(items);
    }

    private PatternNode ReadRepeats(PatternNode atom)
    {
        while (!IsAtEnd)
        {
            (int Min, int? Max)? counts = Current switch
            {
                '*' => (0, null),
                '+' => (1, null),
                '?' => (0, 1),
                '{' => ReadCounts(),
                _ => null,
            };
            if (counts is not var (min, max))
            {
                return atom;
            }

            _at++;
            var isLazy = Current == '?';
            _at += isLazy ? 1 : 0;
            atom = new RepeatNode(atom, min, max, isLazy);
        }

        return atom;
    }

    /// <summary>Up to the closing brace; null if the brace is itself.</summary>
    private (int Min, int? Max)? ReadCounts()
    {
        var end = _pattern.IndexOf('}', _at);
        var parts = end < 0 ? [] : _pattern[(_at + 1)..end].Split(',');
        if (parts.Length is 0 or > 2 || !int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var min))
        {
            return null;
        }

        int? max = min;
        if (parts.Length == 2)
        {
            max = parts[1].Length == 0 ? null
                : int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var most) && most >= min ? most
                : throw new FormatException("a repeat has its bounds the wrong way round");
        }

        _at = end;
        return (min, max);
    }

    private PatternNode? ReadAtom()
    {
        var next = Current;
        switch (next)
        {
            case '(':
                return ReadGroup();
            case '[':
                return new CharsNode(ReadClass());
            case '\\':
                return ReadEscape();
            case '.':
                _at++;
                return new CharsNode(_flags.HasFlag(Flags.DotAll) ? All() : Not(Set("\n")));
            case '^':
                _at++;
                return new AnchorNode(_flags.HasFlag(Flags.Lines) ? "(?m:^)" : @"\A");
            case '$':
                _at++;
                return new AnchorNode(_flags.HasFlag(Flags.Lines) ? "(?m:$)" : AnchorNode.End);
            case '*' or '+' or '?':
                throw new FormatException("a repeat has nothing to repeat");
            default:
                Rune.DecodeFromUtf16(_pattern.AsSpan(_at), out var rune, out var length);
                _at += length;
                return Character(rune);
        }
    }

    private PatternNode? ReadGroup()
    {
        _at++;
        if (Current != '?')
        {
            return new GroupNode(ReadRest());
        }

        _at++;
        if (Current is '=' or '!' || Rest("<=") || Rest("<!"))
        {
            throw new FormatException("it looks around ((?=…), (?!…), (?<=…) or (?<!…))");
        }

        if (Rest("P<") || Rest("<"))
        {
            _at = _pattern.IndexOf('>', _at) + 1;
            return _at > 0 ? new GroupNode(ReadRest()) : throw new FormatException("the name of a group is not closed");
        }

        var before = _flags;
        for (var isOff = false; Current is not (':' or ')'); _at++)
        {
            var flag = Current switch
            {
                'i' => Flags.IgnoreCase,
                'm' => Flags.Lines,
                's' => Flags.DotAll,
                '-' => Flags.None,
                _ => throw new FormatException(IsAtEnd ? "a group is not closed" : $"(?{Current}…) is not understood"),
            };
            isOff |= Current == '-';
            _flags = isOff ? _flags & ~flag : _flags | flag;
        }

        if (Current == ')')
        {
            _at++;
            return null; // for the rest of the group around it
        }

        _at++;
        var inside = ReadRest();
        _flags = before;
        return inside;
    }

    private PatternNode ReadRest()
    {
        var inside = ReadChoice();
        if (Current != ')')
        {
            throw new FormatException("a group is not closed");
        }

        _at++;
        return inside;
    }

    private PatternNode ReadEscape()
    {
        _at++;
        var letter = Current;
        _at++;
        switch (letter)
        {
            case 'b':
                return new AnchorNode(AnchorNode.Word);
            case 'B' or 'A' or 'z':
                return new AnchorNode(@"\" + letter);
            case 'Q':
                var end = _pattern.IndexOf(@"\E", _at, StringComparison.Ordinal);
                var quoted = _pattern[_at..(end < 0 ? _pattern.Length : end)];
                _at = end < 0 ? _pattern.Length : end + 2;
                return new SequenceNode([.. quoted.EnumerateRunes().Select(Character)]);
            case >= '1' and <= '9' or 'k':
                throw new FormatException(@"it refers back to a group (\1)");
            default:
                _at -= 2;
                return ReadEscapedSet() is { } set ? new CharsNode(set) : Character(new Rune(ReadEscapedCharacter()));
        }
    }

    /// <summary><c>\d</c> and the like; null, and nowhere further, if the escape is one character.</summary>
    private ByteSet? ReadEscapedSet()
    {
        var letter = _at + 1 < _pattern.Length ? _pattern[_at + 1] : '\0';
        var set = char.ToLowerInvariant(letter) switch
        {
            'd' => Set("0-9"),
            'w' => Set(Word),
            's' => Set("\t\n\f\r "),
            'p' => throw new FormatException(@"it names classes of Unicode (\p…)"),
            _ => null,
        };
        _at += set is null ? 0 : 2;
        return set is not null && char.IsAsciiLetterUpper(letter) ? Not(set) : set;
    }

    private char ReadEscapedCharacter()
    {
        _at++;
        var letter = Current;
        _at++;
        switch (letter)
        {
            case 'a':
                return '\a';
            case 'f':
                return '\f';
            case 't':
                return '\t';
            case 'n':
                return '\n';
            case 'r':
                return '\r';
            case 'v':
                return '\v';
            case 'x':
                var isBraced = Current == '{';
                var end = isBraced ? _pattern.IndexOf('}', _at) : Math.Min(_pattern.Length, _at + 2);
                if (end < 0
                    || !int.TryParse(_pattern.AsSpan()[(_at + (isBraced ? 1 : 0))..end], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code)
                    || code > 0x7F)
                {
                    throw new FormatException(@"\x names no ASCII character");
                }

                _at = isBraced ? end + 1 : end;
                return (char)code;
            default:
                return letter is > ' ' and < '\x7F' && !char.IsAsciiLetterOrDigit(letter) ? letter : throw new FormatException($@"\{letter} is not understood");
        }
    }

    private ByteSet ReadClass()
    {
        _at++;
        var isNegated = Current == '^';
        _at += isNegated ? 1 : 0;
        var members = new List<byte>();
        for (var isFirst = true; isFirst || Current != ']'; isFirst = false)
        {
            if (IsAtEnd)
            {
                throw new FormatException("a class of characters is not closed");
            }

            if (Rest("[:"))
            {
                members.AddRange(ReadPosix().Members);
            }
            else if (Current == '\\' && ReadEscapedSet() is { } set)
            {
                members.AddRange(set.Members);
            }
            else
            {
                AddRange(members);
            }
        }

        _at++;
        var all = Cased(new ByteSet(members));
        return isNegated ? Not(all) : all;
    }

    private void AddRange(List<byte> members)
    {
        var first = ReadMember();
        var last = first;
        if (Current == '-' && _at + 1 < _pattern.Length && _pattern[_at + 1] != ']')
        {
            _at++;
            last = ReadMember();
        }

        if (last < first)
        {
            throw new FormatException("a range of characters runs backwards");
        }

        for (int member = first; member <= last; member++)
        {
            members.Add((byte)member);
        }
    }

    private char ReadMember()
    {
        var member = Current == '\\' ? ReadEscapedCharacter() : _pattern[_at++];
        return member <= 0x7F ? member : throw new FormatException("a class holds characters outside of ASCII");
    }

    private ByteSet ReadPosix()
    {
        var end = _pattern.IndexOf(":]", Math.Min(_pattern.Length, _at + 2), StringComparison.Ordinal);
        var name = end < 0 ? "" : _pattern[(_at + 2)..end];
        var isNegated = name.StartsWith('^');
        if (!Posix.TryGetValue(name.TrimStart('^'), out var members))
        {
            throw new FormatException("a class of characters has a name that is not known");
        }

        _at = end + 2;
        return isNegated ? Not(Set(members)) : Set(members);
    }

    /// <summary>A character outside of ASCII is the bytes of its UTF-8.</summary>
    private PatternNode Character(Rune rune)
    {
        Span<byte> utf8 = stackalloc byte[4];
        var length = rune.EncodeToUtf8(utf8);
        return length == 1
            ? new CharsNode(Cased(new ByteSet([utf8[0]])))
            : new SequenceNode([.. utf8[..length].ToArray().Select(b => new CharsNode(new ByteSet([b])))]);
    }

    private ByteSet Cased(ByteSet set) => !_flags.HasFlag(Flags.IgnoreCase)
        ? set
        : new ByteSet([.. set.Members.ToArray().SelectMany(b => char.IsAsciiLetter((char)b) ? (byte[])[b, (byte)(b ^ 0x20)] : [b])]);

    private bool Rest(string text) => _pattern.AsSpan(_at).StartsWith(text);

    /// <summary>Characters and ranges of them.</summary>
    private static ByteSet Set(string members)
    {
        var bytes = new List<byte>();
        for (var i = 0; i < members.Length; i++)
        {
            var isRange = i + 2 < members.Length && members[i + 1] == '-';
            for (int member = members[i]; member <= (isRange ? members[i + 2] : members[i]); member++)
            {
                bytes.Add((byte)member);
            }

            i += isRange ? 2 : 0;
        }

        return new ByteSet(bytes);
    }

    private static ByteSet All() => new(Enumerable.Range(0, 256).Select(b => (byte)b));

    private static ByteSet Not(ByteSet set) => new(Enumerable.Range(0, 256).Select(b => (byte)b).Where(b => !set.Contains(b)));

    [Flags]
    private enum Flags
    {
        None = 0,
        IgnoreCase = 1,
        Lines = 2,
        DotAll = 4,
    }
}
