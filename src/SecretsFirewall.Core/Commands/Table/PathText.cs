using System.Text;
using SecretsFirewall.Commands.Walking;

namespace SecretsFirewall.Commands.Table;

/// <summary>The texts that patterns are asked about: an argument as it is, and the paths in it, in one spelling.</summary>
internal static class PathText
{
    private const int MaxPieces = 24;

    private static readonly char[] Separators = ['=', ',', '@', ':'];

    /// <summary>The argument, and what stands behind '=', '@', ':' and ',' in it (<c>if=/dev/sda</c>, <c>@~/.ssh/id_rsa</c>, <c>/:/host</c>).</summary>
    public static List<string> Candidates(string argument)
    {
        var found = new List<string> { Normalise(argument) };
        if (argument.Contains("://", StringComparison.Ordinal) && !argument.StartsWith("file://", StringComparison.OrdinalIgnoreCase))
        {
            return found;
        }

        if (argument.AsSpan().IndexOfAny(Separators) >= 0)
        {
            foreach (var piece in argument.Split(Separators, MaxPieces, StringSplitOptions.RemoveEmptyEntries))
            {
                found.Add(Normalise(piece));
            }
        }

        return found;
    }

    /// <summary>
    /// Lower case, without needless slashes and dots, <c>..</c> resolved by the text alone, and every home directory as <c>~</c>. A file
    /// system that tells case apart has more files than that, none of them less dangerous.
    /// </summary>
    public static string Normalise(string argument)
    {
        var text = argument.ToLowerInvariant();
        if (text.StartsWith("file://", StringComparison.Ordinal))
        {
            text = text["file://".Length..];
        }

        if (text.Contains("://", StringComparison.Ordinal) || text.Length > 4 * CommandLimits.MaxPath)
        {
            return text;
        }

        text = text.Replace('\\', '/');
        if (!text.Contains('/', StringComparison.Ordinal) && !text.StartsWith('~'))
        {
            return text;
        }

        var isRooted = text[0] == '/';
        var segments = new List<string>();
        foreach (var segment in text.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            if (segment == "..")
            {
                if (segments.Count > 0 && segments[^1] != ".." && !(segments.Count == 1 && segments[0] == "~"))
                {
                    segments.RemoveAt(segments.Count - 1);
                }
                else if (!isRooted)
                {
                    segments.Add(segment);
                }
            }
            else if (segment != ".")
            {
                segments.Add(segment);
            }
        }

        if (segments is [['~', ..], ..])
        {
            segments[0] = "~";
        }

        // What is not known behind ./ stays below it.
        var path = HomeAsTilde(isRooted, segments);
        return path[0] == Argument.Gap && text.StartsWith("./", StringComparison.Ordinal) ? "./" + path : path;
    }

    private static string HomeAsTilde(bool isRooted, List<string> segments)
    {
        var skip = isRooted && segments is ["root", ..] ? 1
            : isRooted && segments is ["home" or "users", _, ..] && segments[1] is not "*" ? 2
            : !isRooted && segments is ["c:", "users", _, ..] ? 3
            : 0;
        var path = new StringBuilder(skip > 0 ? "~/" : isRooted ? "/" : "");
        path.AppendJoin('/', segments.Skip(skip));
        if (path.Length > 1 && path[^1] == '/')
        {
            path.Length--;
        }

        return path.Length == 0 ? "." : path.ToString();
    }
}
