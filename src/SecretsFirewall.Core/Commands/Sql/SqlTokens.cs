using SecretsFirewall.Commands.Walking;

namespace SecretsFirewall.Commands.Sql;

/// <summary>The words and signs of SQL, statement by statement; strings, quoted names and comments are left out.</summary>
internal static class SqlTokens
{
    /// <summary>Stands where a string or a quoted name was.</summary>
    public const string Quoted = "'";

    /// <param name="hasBackslashes">A backslash in a string hides the quote behind it, as in MySQL.</param>
    /// <returns>Null where something is not closed.</returns>
    public static List<List<string>>? Read(string text, bool hasBackslashes)
    {
        var statements = new List<List<string>>();
        var current = new List<string>();
        for (var i = 0; i < text.Length;)
        {
            var character = text[i];
            var next = i + 1 < text.Length ? text[i + 1] : ' ';
            if (character == ';')
            {
                statements.Add(current);
                current = [];
                i++;
            }
            else if (character == '-' && next == '-')
            {
                i = EndOfLine(text, i);
            }
            else if (character == '/' && next == '*' && i + 2 < text.Length && text[i + 2] is '!' or 'M')
            {
                i += 3; // MySQL and MariaDB run what stands in there
            }
            else if (character == '/' && next == '*')
            {
                var end = text.IndexOf("*/", i + 2, StringComparison.Ordinal);
                if (end < 0)
                {
                    return null;
                }

                i = end + 2;
            }
            else if (character is '\'' or '"' or '`')
            {
                if (EndOfQuoted(text, i, hasBackslashes && character != '`') is not { } end)
                {
                    return null;
                }

                current.Add(Quoted);
                i = end;
            }
            else if (character == '$' && DollarQuote(text, i) is { } delimiter)
            {
                var end = text.IndexOf(delimiter, i + delimiter.Length, StringComparison.Ordinal);
                if (end < 0)
                {
                    return null;
                }

                current.Add(Quoted);
                i = end + delimiter.Length;
            }
            else if (char.IsLetterOrDigit(character) || character is '_' or Argument.Gap)
            {
                var start = i;
                while (i < text.Length && (char.IsLetterOrDigit(text[i]) || text[i] is '_' or Argument.Gap))
                {
                    i++;
                }

                current.Add(text[start..i].ToUpperInvariant());
            }
            else
            {
                if (!char.IsWhiteSpace(character))
                {
                    current.Add(character.ToString());
                }

                i++;
            }
        }

        statements.Add(current);
        return statements;
    }

    private static int EndOfLine(string text, int at)
    {
        var end = text.IndexOf('\n', at);
        return end < 0 ? text.Length : end + 1;
    }

    private static int? EndOfQuoted(string text, int at, bool hasBackslashes)
    {
        var quote = text[at];
        for (var i = at + 1; i < text.Length; i++)
        {
            if (text[i] == '\\' && hasBackslashes)
            {
                i++;
            }
            else if (text[i] == quote)
            {
                return i + 1; // two quotes are one in the text: then the next string begins at once
            }
        }

        return null;
    }

    // $$ or $name$ of PostgreSQL.
    private static string? DollarQuote(string text, int at)
    {
        for (var i = at + 1; i < text.Length && i - at < 64; i++)
        {
            if (text[i] == '$')
            {
                return text[at..(i + 1)];
            }

            if (!char.IsAsciiLetterOrDigit(text[i]) && text[i] != '_')
            {
                break;
            }
        }

        return null;
    }
}
