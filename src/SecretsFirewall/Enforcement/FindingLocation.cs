using System.Text;
using SecretsFirewall.Inspection.Detection;
using SecretsFirewall.Model;

namespace SecretsFirewall.Enforcement;

/// <summary>
/// Where something was found, fit for the audit: keys of a JSON body and names of fields are written by the agent or the upstream, and a
/// value can stand in them.
/// </summary>
internal static class FindingLocation
{
    /// <summary>What is longer says nothing more to a reader, and the log would carry it.</summary>
    private const int MostCharacters = 512;

    /// <summary>True for what was found in an answer's body or messages: their locations begin so.</summary>
    public static bool IsInAnswer(Finding finding) =>
        finding.Location.StartsWith("response@", StringComparison.Ordinal) || finding.Location.StartsWith("response#", StringComparison.Ordinal);

    /// <summary>Segments of the location (RFC 6901 for pointers) that hold a value are told as <c>*</c>.</summary>
    public static string Safe(string location, DetectionSnapshot detection)
    {
        var segments = location.Split('/');
        var found = new List<Detection>();
        for (var i = 0; i < segments.Length; i++)
        {
            var key = segments[i].Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal);
            if (!RecordedText.TryFind(detection, Encoding.UTF8.GetBytes(key), found) || found.Count > 0)
            {
                segments[i] = RecordedText.Unread;
            }
        }

        var safe = string.Join('/', segments);
        if (safe.Length <= MostCharacters)
        {
            return safe;
        }

        // Half a surrogate pair is no text, and no record that holds one can be read back.
        var cut = char.IsHighSurrogate(safe[MostCharacters - 1]) ? MostCharacters - 1 : MostCharacters;
        return string.Concat(safe.AsSpan(0, cut), "…");
    }
}
