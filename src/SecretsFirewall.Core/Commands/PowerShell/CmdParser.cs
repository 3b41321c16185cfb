using System.Text;

namespace SecretsFirewall.Commands.PowerShell;

/// <summary>The Windows command processor, as far as needed to find commands: carets, quotes, <c>&amp;</c>, <c>|</c>, parentheses. Variables are unknown.</summary>
internal static class CmdParser
{
    public static List<List<string>> Parse(string text)
    {
        var commands = new List<List<string>>();
        var words = new List<string>();
        var word = new StringBuilder();
        var (isQuoted, hasWord) = (false, false);
        void EndWord()
        {
            if (hasWord)
            {
                words.Add(Variables(word.ToString()));
            }

            word.Clear();
            hasWord = false;
        }

        void EndCommand()
        {
            EndWord();
            if (words.Count > 0)
            {
                words[0] = words[0].TrimStart('@');
                commands.Add(words);
                words = [];
            }
        }

        for (var i = 0; i < text.Length; i++)
        {
            var character = text[i];
            if (character == '"')
            {
                isQuoted = !isQuoted;
                hasWord = true;
            }
            else if (character == '^' && !isQuoted)
            {
                if (i + 1 < text.Length)
                {
                    word.Append(text[++i]);
                    hasWord = true;
                }
            }
            else if (!isQuoted && character is '&' or '|' or '\n' or '(' or ')' or '\r' && !isQuoted)
            {
                EndCommand();
            }
            else if (!isQuoted && char.IsWhiteSpace(character))
            {
                EndWord();
            }
            else
            {
                // rd/s and del/q: a switch begins a word of its own behind the name.
                if (character == '/' && !isQuoted && words.Count == 0 && hasWord)
                {
                    EndWord();
                }

                word.Append(character);
                hasWord = true;
            }
        }

        EndCommand();
        return commands;
    }

    // %NAME% is unknown, but for the home and where Windows is.
    private static string Variables(string word)
    {
        var first = word.IndexOf('%', StringComparison.Ordinal);
        var last = word.LastIndexOf('%');
        if (first < 0 || first == last)
        {
            return word;
        }

        var value = word[(first + 1)..last].ToLowerInvariant() switch
        {
            "userprofile" => "~",
            "systemdrive" => "c:",
            "systemroot" or "windir" => "c:\\windows",
            "temp" or "tmp" => "/tmp",
            "comspec" => "cmd",
            _ => "\0",
        };
        return word[..first] + value + word[(last + 1)..];
    }
}
