using System.Globalization;
using SecretsFirewall.Cli.Configuration;

namespace SecretsFirewall.Cli.Evidence;

/// <summary>When something began, as a person writes it: <c>24h</c> ago, the day <c>2026-11-01</c> or the moment <c>2026-11-01T12:00:00Z</c>, in UTC.</summary>
internal static class SinceTime
{
    public const string Expected = "A time such as 24h, a day such as 2026-11-01 or a moment such as 2026-11-01T12:00:00Z is expected.";

    // Five digits of days are 270 years.
    private const int LongestDuration = 6;

    public static DateTimeOffset? TryRead(string text, DateTimeOffset now)
    {
        if (text.Length <= LongestDuration && ValueFormats.TryParseDuration(text, out var time))
        {
            return now - time;
        }

        return DateTimeOffset.TryParseExact(
            text, ["yyyy-MM-dd", "yyyy-MM-ddTHH:mm:ssZ", "yyyy-MM-ddTHH:mmZ"], CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var moment)
            ? moment
            : null;
    }
}
