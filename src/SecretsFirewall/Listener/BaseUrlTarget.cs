using System.Buffers;

namespace SecretsFirewall.Listener;

/// <summary>The request target of a client that uses no proxy: <c>/@name/path?query</c>, where the name stands for an upstream that the policy declares.</summary>
internal static class BaseUrlTarget
{
    private static readonly SearchValues<char> NameCharacters =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-");

    public static bool Is(string target) => target.StartsWith("/@", StringComparison.Ordinal);

    /// <summary>False where the name is none; path and query are kept byte for byte.</summary>
    public static bool TrySplit(string target, out string name, out string pathAndQuery)
    {
        var rest = target.AsSpan(2);
        var end = rest.IndexOfAny('/', '?');
        name = (end < 0 ? rest : rest[..end]).ToString();
        var behind = end < 0 ? "" : target[(2 + end)..];
        pathAndQuery = behind.StartsWith('/') ? behind : "/" + behind;
        return name.Length is > 0 and <= 64 && !name.AsSpan().ContainsAnyExcept(NameCharacters);
    }

    /// <summary>
    /// Segments that somebody could take for the way out of <c>/@name</c>: <c>..</c> and <c>.</c>, plain or encoded, between slashes of any spelling.
    /// </summary>
    public static bool HasDotSegments(string pathAndQuery)
    {
        var query = pathAndQuery.IndexOf('?');
        var path = (query < 0 ? pathAndQuery : pathAndQuery[..query])
            .Replace("%2e", ".", StringComparison.OrdinalIgnoreCase)
            .Replace("%2f", "/", StringComparison.OrdinalIgnoreCase)
            .Replace("%5c", "/", StringComparison.OrdinalIgnoreCase)
            .Replace('\\', '/');
        return path.Split('/').Any(static segment => segment.Split(';')[0] is "." or "..");
    }
}
