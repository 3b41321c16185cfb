using System.Security.Cryptography;
using System.Text;
using SecretsFirewall.Inspection.Detection;
using SecretsFirewall.Inspection.Redaction;
using SecretsFirewall.Model;

namespace SecretsFirewall.Enforcement;

/// <summary>A body that waits for a person: its hash for the fingerprint, and what the person is shown of it.</summary>
/// <param name="Hash">SHA-256 in hex; registered values stand in what is hashed as their references.</param>
/// <param name="Shown">The beginning, with everything masked that any detector found; null without a body.</param>
/// <param name="Length">Bytes, decoded.</param>
internal sealed record WaitingBody(string Hash, string? Shown, long Length)
{
    /// <summary>More than this nobody reads in a list of questions.</summary>
    private const int MostShown = 4 * 1024;

    public static WaitingBody None { get; } = new(Convert.ToHexStringLower(SHA256.HashData([])), null, 0);

    public static WaitingBody Of(ReadOnlySpan<byte> body, DetectionSnapshot detection)
    {
        var found = new List<Detection>();
        if (!RecordedText.TryFind(detection, body, found))
        {
            return new WaitingBody(Convert.ToHexStringLower(SHA256.HashData(body)), RecordedText.Unread, body.Length);
        }

        var registered = found.FindAll(static one => one.Kind is FindingKind.Registered or FindingKind.Canary);
        return new WaitingBody(Convert.ToHexStringLower(SHA256.HashData(Masked(body, registered))), Beginning(Masked(body, found)), body.Length);
    }

    /// <summary>A target or field value with registered values as their references.</summary>
    public static string WithReferences(string text, DetectionSnapshot detection)
    {
        var bytes = Encoding.Latin1.GetBytes(text);
        var found = new List<Detection>();
        return RecordedText.TryFind(detection, bytes, found)
            && found.FindAll(static one => one.Kind is FindingKind.Registered or FindingKind.Canary) is { Count: > 0 } registered
            ? Encoding.Latin1.GetString(Masked(bytes, registered))
            : text;
    }

    private static ReadOnlySpan<byte> Masked(ReadOnlySpan<byte> text, List<Detection> found)
    {
        if (found.Count == 0)
        {
            return text;
        }

        using var masked = new PooledOutput();
        Splice.Mask(text, found, masked);
        return masked.Written.ToArray();
    }

    private static string? Beginning(ReadOnlySpan<byte> masked) =>
        masked.IsEmpty ? null
        : masked.Length <= MostShown ? Encoding.UTF8.GetString(masked)
        : Encoding.UTF8.GetString(masked[..MostShown]) + "…";
}
