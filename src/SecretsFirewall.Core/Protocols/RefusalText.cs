using SecretsFirewall.Model;

namespace SecretsFirewall.Protocols;

/// <summary>A refusal in sentences: what, by which rule, what instead, whether to try again, and where to read more.</summary>
internal static class RefusalText
{
    public static string Compose(Refusal refusal, string exchangeId)
    {
        var parts = new List<string> { $"{Who(refusal)}: {Sentence(refusal.Detail)}" };
        if (refusal.Rule is { } rule)
        {
            parts.Add($"Decided by rule '{rule}'.");
        }

        if (refusal.Advice is { } advice)
        {
            parts.Add(Sentence(advice));
        }

        if (refusal.Approval is { } approval)
        {
            parts.Add(approval.Sentence);
        }

        parts.Add(Again(refusal));
        parts.Add(refusal.Approval is { } waiting ? $"More: sfw approvals show {waiting.DecisionId}" : $"More: sfw explain {exchangeId}");
        return string.Join(' ', parts);
    }

    public static string Title(Refusal refusal) => refusal.Blame switch
    {
        Blame.Upstream => "The upstream failed",
        _ => "Refused by Secrets Firewall",
    };

    private static string Who(Refusal refusal) => refusal.Blame == Blame.Upstream
        ? "Secrets Firewall could not complete this request"
        : "Secrets Firewall refused this request";

    // Only what passes by itself may be tried again; everything else would fail in the same way.
    private static string Again(Refusal refusal) => (refusal.RetryAfterSeconds, refusal.Blame) switch
    {
        _ when refusal.Approval is not null => "Do not retry before a person has agreed; then repeat the very same request. Ask the operator.",
        ({ } seconds, _) => $"It may be tried again in {seconds} s.",
        (_, Blame.Upstream) when refusal.Status != 403 => "The firewall did not forbid it: check the upstream, or ask the operator.",
        _ => "Do not retry; ask the operator.",
    };

    private static string Sentence(string text)
    {
        text = text.Trim();
        return text.EndsWith('.') ? text : text + ".";
    }
}
