using System.Buffers;
using System.Globalization;
using System.Text;

namespace SecretsFirewall.Policy;

/// <summary>
/// What a path means, and whether it means the same to every server. A rule or a binding that rests on a path is only as good as the
/// path is clear: <c>/public/..%2fadmin</c> is one resource for us and another for the server behind.
/// </summary>
public static class PathRules
{
    // Without any of these nothing in a path can be read in two ways; controls are left to the slow look.
    private static readonly SearchValues<string> Suspects = SearchValues.Create(["%", "\\", "//", "/.", "\0"], StringComparison.Ordinal);

    /// <summary>
    /// True for dot segments (plain, encoded, or with a <c>;</c> behind), empty segments, backslashes, encoded slashes and backslashes,
    /// NUL and other controls, double encoding, broken escapes, and escapes that are not UTF-8.
    /// </summary>
    /// <param name="rawPath">The path without query, as the client sent it.</param>
    public static bool IsAmbiguous(string rawPath) => Read(rawPath) is not { IsOne: true };

    /// <summary>The path as a server would read it; null where even that cannot be said.</summary>
    internal static PathReading? Read(string rawPath)
    {
        if (!rawPath.AsSpan().ContainsAny(Suspects) && !rawPath.AsSpan().ContainsAnyInRange('\u0001', '\u001f'))
        {
            return new PathReading(rawPath, rawPath);
        }

        if (!TryDecode(rawPath, out var decoded, out var hasEncodedSlash))
        {
            return null;
        }

        var split = hasEncodedSlash ? decoded.Replace(EncodedSlash, '/') : decoded;
        return HasUnclearSegment(split) ? null : new PathReading(decoded, split);
    }

    // Stands for a slash that was encoded, where a slash would end the segment. No decoded path holds it: controls are refused.
    private const char EncodedSlash = '\u001f';

    private static bool TryDecode(string rawPath, out string decoded, out bool hasEncodedSlash)
    {
        decoded = "";
        hasEncodedSlash = false;
        var bytes = new byte[Encoding.UTF8.GetMaxByteCount(rawPath.Length)];
        var length = 0;
        for (var i = 0; i < rawPath.Length; i++)
        {
            var c = rawPath[i];
            if (c == '%')
            {
                if (!TryReadEscape(rawPath, i, out var value) || value is (byte)'\\' or < 0x20 or 0x7f || IsDoubleEncoded(rawPath, i, value))
                {
                    return false;
                }

                hasEncodedSlash |= value == '/';
                bytes[length++] = value == '/' ? (byte)EncodedSlash : value;
                i += 2;
            }
            else if (c is '\\' or < ' ' or '\u007f')
            {
                return false;
            }
            else if (char.IsAscii(c))
            {
                bytes[length++] = (byte)c;
            }
            else
            {
                if (!Rune.TryGetRuneAt(rawPath, i, out var rune))
                {
                    return false;
                }

                length += rune.EncodeToUtf8(bytes.AsSpan(length));
                i += rune.Utf16SequenceLength - 1;
            }
        }

        var text = bytes.AsSpan(0, length);
        if (!System.Text.Unicode.Utf8.IsValid(text))
        {
            return false;
        }

        decoded = Encoding.UTF8.GetString(text);
        return true;
    }

    private static bool TryReadEscape(string path, int at, out byte value)
    {
        value = 0;
        return at + 2 < path.Length && byte.TryParse(path.AsSpan(at + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value);
    }

    // %25 before two hex digits: a server that decodes twice reads another path. A lone encoded percent sign is only that.
    private static bool IsDoubleEncoded(string path, int at, byte value) =>
        value == '%' && at + 4 < path.Length && char.IsAsciiHexDigit(path[at + 3]) && char.IsAsciiHexDigit(path[at + 4]);

    private static bool HasUnclearSegment(ReadOnlySpan<char> path)
    {
        if (path.Contains("//", StringComparison.Ordinal))
        {
            return true;
        }

        foreach (var range in path.Split('/'))
        {
            var segment = path[range];
            var name = segment.IndexOf(';') is var semicolon and >= 0 ? segment[..semicolon] : segment;
            if (name is "." or "..")
            {
                return true;
            }
        }

        return false;
    }
}

/// <summary>A path that was percent-decoded: with encoded slashes as part of their segment, and with them as ends of segments.</summary>
internal readonly record struct PathReading(string Joined, string Split)
{
    public bool IsOne => ReferenceEquals(Joined, Split) || Joined == Split;
}
