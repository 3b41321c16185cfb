using SecretsFirewall.Inspection.Detection;
using SecretsFirewall.Model;

namespace SecretsFirewall.Enforcement;

/// <summary>What the agent or the upstream wrote, on its way into the audit.</summary>
internal static class RecordedText
{
    /// <summary>Stands for a text that could not be read to the end.</summary>
    public const string Unread = "*";

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
