using System.Text;
using SecretsFirewall.Commands.Shell;

namespace SecretsFirewall.Commands.Walking;

/// <summary>
/// What some commands write, computed without running anything: those that scripts are disguised with (<c>echo</c>, <c>printf</c>,
/// <c>base64 -d</c>, <c>rev</c>, <c>tr</c>, <c>xxd -r</c>), and those whose output is the name of a file or a number, as far as its
/// beginning is known. Everything else is unknown.
/// </summary>
internal static class ConstantOutput
{
    private static readonly HashSet<string> Numbers = ["date", "nproc", "wc", "id", "stat", "cksum", "expr", "seq", "jot", "uname", "hostname", "whoami", "arch", "uuidgen", "md5sum", "sha256sum", "sha1sum", "shasum", "tty"];

    private static readonly HashSet<string> Downloaders = ["curl", "wget", "fetch", "aria2c", "http", "https", "httpie", "xh", "nc", "ncat", "netcat", "socat", "lynx", "w3m", "ftp", "tftp", "sftp", "gh", "dig", "nslookup", "host", "invoke-webrequest", "invoke-restmethod"];

    private static readonly HashSet<string> Filters = ["grep", "egrep", "fgrep", "rg", "sed", "awk", "gawk", "head", "tail", "sort", "uniq", "cut", "gunzip", "zcat", "gzip", "xz", "unxz", "xzcat", "bzip2", "bunzip2", "bzcat", "zstd", "zstdcat", "openssl", "jq", "yq", "tac", "nl", "fold", "paste", "column", "iconv", "gpg", "dos2unix", "sponge", "pv", "perl", "python", "tar", "unzip", "funzip", "base32", "uudecode", "dd", "strings"];

    public static Flow Of(string name, IReadOnlyList<Argument> arguments, Flow input, ShellFiles files)
    {
        var texts = arguments.Select(argument => argument.Text).ToList();
        var isDownload = arguments.Any(argument => argument.IsDownload);
        switch (name)
        {
            case "echo":
                return Echo(texts) with { IsDownload = isDownload };
            case "printf":
                return Printf(texts) with { IsDownload = isDownload };
            case "write-output" or "write-host":
                return new Flow(string.Join('\n', texts) + "\n", isDownload);
            case "cat" or "tee" or "bat" or "get-content":
                return Cat(name, texts, input, files);
            case "base64" when texts.Any(text => text is "-d" or "-D" or "--decode" or "-di" || text.StartsWith("--d", StringComparison.Ordinal)):
                return Decode(texts, input, files, FromBase64);
            case "xxd" when texts.Any(text => text.StartsWith("-r", StringComparison.Ordinal)):
                return Decode([], input, files, FromHex);
            case "rev":
                return Decode(texts, input, files, text => string.Join('\n', text.Split('\n').Select(line => new string([.. line.Reverse()]))));
            case "tr":
                return Decode([], input, files, text => Translate(texts, text));
            case "find" or "fd" or "fdfind":
                return new Flow(string.Concat(FindStarts(arguments).Select(start => start + "\n")));
            case "ls" or "git" or "grep" or "rg" when NamesFiles(name, texts):
                return new Flow("./\0\n");
            case "pwd":
                return new Flow(".\n");
            case "mktemp":
                return new Flow("/tmp/\0\n");
            case "git" when texts is ["rev-parse", "--show-toplevel"]:
                return new Flow(".\n");
            case "git" when texts is ["rev-parse" or "branch" or "describe" or "merge-base" or "rev-list" or "symbolic-ref" or "config" or "log", ..]:
            case "docker" or "podman" or "kubectl" or "lsof" or "pgrep" or "pidof":
                return new Flow("x\0\n");
            case "basename" when texts is [['.' or '/' or (>= 'a' and <= 'z'), ..], ..]:
                return new Flow("x\0\n");
            case "which" or "command" or "type":
                return texts.LastOrDefault() is { Length: > 0 } program && program.All(char.IsAsciiLetterOrDigit) ? new Flow($"/usr/bin/{program}\n") : Flow.Unknown;
            case "true" or "false" or ":" or "mkdir" or "touch" or "test" or "[" or "sleep" or "cp" or "mv" or "chmod" or "rm" or "kill" or "exit" or "return":
                if (name is "cp" or "mv" && texts is [var from, var to] && files.Read(from) is { } content)
                {
                    files.Write(to, content, isAppend: false);
                }

                return Flow.Nothing;
        }

        if (Numbers.Contains(name))
        {
            return new Flow("0\0\n");
        }

        if (Downloaders.Contains(name))
        {
            return Download(name, texts, files);
        }

        // What goes through a filter still comes from where it came.
        return new Flow(null, isDownload || (Filters.Contains(name) && (input.IsDownload || texts.Any(text => files.Read(text) is { IsDownload: true }))));
    }

    /// <summary>Where <c>find</c> looks, as the names that it may find there.</summary>
    public static List<string> FindStarts(IReadOnlyList<Argument> arguments)
    {
        var starts = arguments.Select(argument => argument.Text).SkipWhile(text => text is "-L" or "-P" or "-H")
            .TakeWhile(text => text.Length > 0 && text[0] is not ('-' or '(' or '!' or ')'))
            .Select(text => text.EndsWith('/') ? text + "\0" : text + "/\0")
            .ToList();
        return starts.Count == 0 ? ["./\0"] : starts;
    }

    private static Flow Echo(List<string> texts)
    {
        var skip = texts.TakeWhile(text => text.Length > 1 && text[0] == '-' && text.AsSpan(1).IndexOfAnyExcept("neE") < 0).ToList();
        var text = string.Join(' ', texts.Skip(skip.Count));
        text = skip.Any(option => option.Contains('e', StringComparison.Ordinal)) ? ShellParser.Unescape(text) : text;
        return new Flow(skip.Any(option => option.Contains('n', StringComparison.Ordinal)) ? text : text + "\n");
    }

    private static Flow Printf(List<string> texts)
    {
        if (texts is ["--", ..])
        {
            texts = texts[1..];
        }

        if (texts.Count == 0)
        {
            return Flow.Unknown;
        }

        var values = new Queue<string>(texts.Skip(1));
        var output = new StringBuilder();
        do
        {
            var left = values.Count;
            if (!Format(ShellParser.Unescape(texts[0].Replace("%%", "\u0001", StringComparison.Ordinal)), values, output))
            {
                return Flow.Unknown;
            }

            if (values.Count == left)
            {
                break;
            }
        }
        while (values.Count > 0 && output.Length < CommandLimits.MaxLength);
        return values.Count > 0 && output.Length >= CommandLimits.MaxLength ? Flow.Unknown : new Flow(output.Replace('\u0001', '%').ToString());
    }

    private static bool Format(string format, Queue<string> values, StringBuilder output)
    {
        for (var i = 0; i < format.Length; i++)
        {
            if (format[i] != '%' || i + 1 >= format.Length)
            {
                output.Append(format[i]);
                continue;
            }

            var end = i + 1;
            while (end < format.Length && format[end] is '-' or '0' or '1' or '2' or '3' or '4' or '5' or '6' or '7' or '8' or '9' or '.' or '+' or '#')
            {
                end++;
            }

            var value = values.TryDequeue(out var next) ? next : "";
            switch (end < format.Length ? format[end] : ' ')
            {
                case 's' or 'd' or 'i' or 'u' when end == i + 1:
                    output.Append(value);
                    break;
                case 'b':
                    output.Append(ShellParser.Unescape(value));
                    break;
                case 'x' or 'X' or 'o' or 'f' or 'q':
                    output.Append(Argument.Gap);
                    break;
                case 's' or 'd' or 'i' or 'u':
                    output.Append(Argument.Gap);
                    break;
                case 'c':
                    output.Append(value.Length > 0 ? value[..1] : "");
                    break;
                default:
                    return false;
            }

            i = end;
        }

        return true;
    }

    private static Flow Cat(string name, List<string> texts, Flow input, ShellFiles files)
    {
        var names = texts.Where(text => text is not ['-', _, ..]).ToList();
        if (name == "tee")
        {
            names.ForEach(file => files.Write(file, input, isAppend: texts.Contains("-a")));
            return input;
        }

        return names.Count == 0 ? input
            : names.Select(file => file is "-" or "/dev/stdin" ? input : files.Read(file) ?? Flow.Unknown).Aggregate((all, next) => all.Then(next));
    }

    private static Flow Decode(List<string> texts, Flow input, ShellFiles files, Func<string, string?> decode)
    {
        var file = texts.FirstOrDefault(text => text.Length > 0 && text[0] != '-');
        var source = file is null ? input : files.Read(file) ?? Flow.Unknown;
        return source.IsLiteral ? new Flow(decode(source.Text!), source.IsDownload) : new Flow(null, source.IsDownload);
    }

    private static string? FromBase64(string text)
    {
        var plain = string.Concat(text.Where(character => !char.IsWhiteSpace(character)));
        var bytes = new byte[plain.Length];
        return Convert.TryFromBase64String(plain.PadRight((plain.Length + 3) / 4 * 4, '='), bytes, out var length) && length > 0
            ? Printable(Encoding.UTF8.GetString(bytes, 0, length)) : null;
    }

    private static string? FromHex(string text)
    {
        var plain = string.Concat(text.Where(char.IsAsciiHexDigit));
        return plain.Length % 2 == 0 && plain.Length > 0 ? Printable(Encoding.UTF8.GetString(Convert.FromHexString(plain))) : null;
    }

    private static string? Printable(string text) => text.Contains(Argument.Gap, StringComparison.Ordinal) ? null : text;

    // Sets of equal length, with ranges; or -d.
    private static string? Translate(List<string> texts, string text)
    {
        if (texts is ["-d", var removed])
        {
            var set = Set(removed);
            return set is null ? null : string.Concat(text.Where(character => !set.Contains(character, StringComparison.Ordinal)));
        }

        if (texts is not [var first, var second] || Set(first) is not { Length: > 0 } from || Set(second) is not { Length: > 0 } to)
        {
            return null;
        }

        var map = new Dictionary<char, char>();
        for (var i = 0; i < from.Length; i++)
        {
            map[from[i]] = to[Math.Min(i, to.Length - 1)];
        }

        return string.Concat(text.Select(character => map.GetValueOrDefault(character, character)));
    }

    private static string? Set(string text)
    {
        if (text.Contains("[:", StringComparison.Ordinal) || text.StartsWith('-') || text.Length > 200)
        {
            return null;
        }

        var plain = ShellParser.Unescape(text);
        var set = new StringBuilder();
        for (var i = 0; i < plain.Length; i++)
        {
            if (i + 2 < plain.Length && plain[i + 1] == '-' && plain[i + 2] >= plain[i] && plain[i + 2] < 256)
            {
                for (var character = plain[i]; character <= plain[i + 2]; character++)
                {
                    set.Append(character);
                }

                i += 2;
            }
            else
            {
                set.Append(plain[i]);
            }
        }

        return set.ToString();
    }

    private static bool NamesFiles(string name, List<string> texts) => name switch
    {
        "ls" => texts.All(text => text.Length > 0 && text[0] is not ('/' or '~' or Argument.Gap)),
        "git" => texts is ["ls-files", ..] || (texts is ["diff" or "show", ..] && texts.Contains("--name-only")),
        _ => texts.Any(text => text is "--files" or "--files-with-matches" || (text.Length > 1 && text[0] == '-' && text[1] != '-' && text.AsSpan().ContainsAny('l', 'L')))
            && texts.Skip(1).All(text => text.Length > 0 && text[0] is not ('/' or '~' or Argument.Gap)),
    };

    private static Flow Download(string name, List<string> texts, ShellFiles files)
    {
        var downloaded = new Flow(null, IsDownload: true);
        for (var i = 0; i < texts.Count; i++)
        {
            var text = texts[i];
            if (i + 1 < texts.Count && text is "-o" or "-O" or "--output" or "--output-document" or "-OutFile" or "-outfile" && texts[i + 1] is { Length: > 0 } file && file[0] != '-')
            {
                files.Write(file, downloaded, isAppend: false);
            }
            else if (i + 1 < texts.Count && text.Length > 2 && text[0] == '-' && text[1] != '-' && text[^1] is 'o' or 'O')
            {
                files.Write(texts[i + 1], downloaded, isAppend: false);
            }
            else if (text.StartsWith("--output=", StringComparison.Ordinal) || text.StartsWith("--output-document=", StringComparison.Ordinal))
            {
                files.Write(text[(text.IndexOf('=', StringComparison.Ordinal) + 1)..], downloaded, isAppend: false);
            }

            if (text.Contains("://", StringComparison.Ordinal) && text.LastIndexOf('/') is var slash && slash + 1 < text.Length)
            {
                files.Write(text[(slash + 1)..].Split('?')[0], downloaded, isAppend: false); // wget, curl -O
            }
        }

        return downloaded;
    }
}
