using System.Globalization;
using SecretsFirewall.Model;
using SecretsFirewall.Policy.Documents;

namespace SecretsFirewall.Policy.Compilation;

/// <summary>From the written terms of an approval to those that are in force.</summary>
internal static class ApprovalCompiler
{
    private const int MostHeaders = 16;

    /// <returns>Null where the rule says nothing, and after an error.</returns>
    public static ApprovalTerms? Compile(Placed<RuleDocument> written, List<PolicyError> errors)
    {
        if (written.Value.Approval is not { } approval)
        {
            return null;
        }

        if (written.Value.Outcome is not PolicyOutcome.Pending)
        {
            errors.Add(written.Error("approval", "'approval' belongs to a rule with 'outcome': pending."));
        }

        var terms = ApprovalTerms.Default;
        if (approval.Role is { } word)
        {
            var role = ApproverRoles.Parse(word);
            if (role < ApproverRole.Operator)
            {
                errors.Add(written.Error("approval/role", "A role that may agree is operator, release_manager or admin."));
            }

            terms = terms with { Role = role };
        }

        if (approval.Ttl is { } text)
        {
            if (Duration(text) is { } ttl && ttl >= TimeSpan.FromMinutes(1) && ttl <= ApprovalTerms.LongestTimeToLive)
            {
                terms = terms with { TimeToLive = ttl };
            }
            else
            {
                errors.Add(written.Error("approval/ttl", "A time to live is a number with m or h, from 1m to 24h."));
            }
        }

        if (approval.Hold is { } seconds)
        {
            if (seconds is < 0 or > 60)
            {
                errors.Add(written.Error("approval/hold", "A request is held for 0 to 60 seconds."));
            }
            else
            {
                terms = terms with { Hold = TimeSpan.FromSeconds(seconds) };
            }
        }

        if (approval.Headers is { } headers)
        {
            if (headers.Length > MostHeaders || Array.Exists(headers, static name => name.Length == 0 || !name.All(IsTokenCharacter)))
            {
                errors.Add(written.Error("approval/headers", $"At most {MostHeaders} names of header fields."));
            }

            terms = terms with { Headers = [.. headers.Select(static name => name.ToLowerInvariant()).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)] };
        }

        return terms;
    }

    private static TimeSpan? Duration(string text) =>
        text.Length > 1 && int.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count is > 0 and <= 10_000
            ? text[^1] switch { 'm' => TimeSpan.FromMinutes(count), 'h' => TimeSpan.FromHours(count), _ => null }
            : null;

    /// <summary>RFC 9110 section 5.6.2.</summary>
    private static bool IsTokenCharacter(char c) => char.IsAsciiLetterOrDigit(c) || "!#$%&'*+-.^_`|~".Contains(c);
}
