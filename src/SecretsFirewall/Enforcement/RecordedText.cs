using System.Security.Cryptography;
using System.Text;
using SecretsFirewall.Inspection.Detection;
using SecretsFirewall.Inspection.Redaction;
using SecretsFirewall.Model;

namespace SecretsFirewall.Enforcement;

/// <summary>What the agent or the upstream wrote, on its way into the audit.</summary>
internal static class RecordedText
{
    /// <summary>Stands for a text that could not be read to the end.</summary>
    public const string Unread = "*";

    private const int MostPathCharacters = 1024;

    public static Destination Masked(Destination destination, DetectionSnapshot detection) =>
        destination with { Host = Masked(destination.Host, detection) };

    /// <summary>What a record may say of a text: Latin-1, as fields and targets come.</summary>
    public static string Masked(string text, DetectionSnapshot detection)
    {
        var bytes = Encoding.Latin1.GetBytes(text);
        var found = new List<Detection>();
        if (!TryFind(detection, bytes, found))
        {
            return Unread;
        }

        if (found.Count == 0)
        {
            return text;
        }

        using var masked = new PooledOutput();
        Splice.Mask(bytes, found, masked);
        return Encoding.Latin1.GetString(masked.Written.Span);
    }

    /// <summary>A masked path; one that is very long by its beginning and its hash, so that whoever asks for nonsense does not fill the log.</summary>
    public static string Path(string path, DetectionSnapshot detection) =>
        Masked(path, detection) is var masked && masked.Length > MostPathCharacters
            ? $"{masked[..MostPathCharacters]}…sha256:{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(masked)))}"
            : masked;

    /// <summary>
    /// Finds what a record must not hold. False where a detector fails: the exchange is refused for that already, and its record must say so
    /// without the text.
    /// </summary>
    public static bool TryFind(DetectionSnapshot detection, ReadOnlySpan<byte> text, List<Detection> found)
    {
        try
        {
            detection.Find(text, found);
            found.RemoveAll(static one => one.Kind is FindingKind.Reference);
            return !found.Exists(static one => one.Kind is FindingKind.Unread);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            return false;
        }
    }
}
