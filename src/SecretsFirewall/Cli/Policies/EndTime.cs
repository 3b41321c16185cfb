using System.Globalization;
using SecretsFirewall.Cli.Configuration;

namespace SecretsFirewall.Cli.Policies;

/// <summary>When something ends, as a person writes it: <c>90d</c> from now, or the day <c>2027-03-31</c>, which counts to its end in UTC.</summary>
internal static class EndTime
{
    public const string Expected = "A time such as 90d or a day such as 2027-03-31 is expected.";

    public static DateTimeOffset? TryRead(string text, DateTimeOffset now)
    {
        // Five digits of days are 270 years; more than that is no time that anything can end in.
        if (text.Length <= 6 && ValueFormats.TryParseDuration(text, out var time))
        {
            return now + time;
        }

        return DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day)
            ? new DateTimeOffset(day.AddDays(1), TimeOnly.MinValue, TimeSpan.Zero)
            : null;
    }

    /// <summary>Without fractions: they say nothing to anybody.</summary>
    public static DateTimeOffset Now(TimeProvider time) => DateTimeOffset.FromUnixTimeSeconds(time.GetUtcNow().ToUnixTimeSeconds());
}
