using System.Globalization;
using System.Text;

namespace SecretsFirewall.Audit;

/// <summary>
/// A signed statement of where the chain stood. It is a record of the chain itself, right behind the one that it names, and says nothing else:
/// whoever has one that the firewall's key signed can tell whether any record up to <paramref name="Sequence"/> was changed.
/// </summary>
/// <param name="Sequence">Of the record before.</param>
/// <param name="Hash">Of the record before.</param>
/// <param name="Count">How many records the log held then, back to its oldest: what is missing at the front later was taken away since.</param>
/// <param name="Key">The id of the key: SHA-256 of its SubjectPublicKeyInfo in hex.</param>
/// <param name="Signature">ES256 over <see cref="Text"/>: 64 bytes in base64.</param>
internal sealed record AuditCheckpoint(long Sequence, string Hash, long Count, string Key, string Signature)
{
    public const string TimestampFormat = "yyyy-MM-ddTHH:mm:ss.ffffffZ";

    /// <summary>The oldest record that the log held.</summary>
    public long First => Sequence - Count + 1;

    /// <summary>What is signed: six lines, each with its line feed. The time is the record's own <c>ts</c>.</summary>
    public static byte[] Text(long sequence, string hash, long count, DateTimeOffset at, string key) => Encoding.ASCII.GetBytes(string.Create(
        CultureInfo.InvariantCulture, $"sfw-checkpoint-v1\n{sequence}\n{hash}\n{count}\n{at.UtcDateTime.ToString(TimestampFormat, CultureInfo.InvariantCulture)}\n{key}\n"));
}

/// <summary>A key that signs checkpoints from here on.</summary>
/// <param name="PublicKey">SubjectPublicKeyInfo in base64.</param>
/// <param name="By">The key before it, where that vouches for this one.</param>
/// <param name="Signature">Of <paramref name="By"/> over <see cref="Text"/>.</param>
internal sealed record AuditKey(string Id, string PublicKey, string? By = null, string? Signature = null)
{
    public static byte[] Text(string by, string id) => Encoding.ASCII.GetBytes($"sfw-audit-key-v1\n{by}\n{id}\n");
}

/// <summary>What stands in for records that were removed on purpose, as the settings ask for: the next checkpoint signs it.</summary>
/// <param name="Through">The last record that is gone; the log goes on with the next.</param>
/// <param name="Hash">Of that record: what the oldest one left must continue.</param>
internal sealed record AuditRemoval(long First, long Through, string Hash, int Segments, string Why);
