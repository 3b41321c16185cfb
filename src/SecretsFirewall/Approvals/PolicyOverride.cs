namespace SecretsFirewall.Approvals;

/// <summary>
/// Glass that was broken: for a time, one rule's refusals do not hold for one agent. Whatever passes by it is marked in the audit, since nobody has looked at it.
/// </summary>
/// <param name="Rule">The id of the rule whose refusals are set aside; <c>default</c> for what no rule allows.</param>
/// <param name="Host">Only toward this host; null for any.</param>
/// <param name="Code">One of <see cref="Codes"/>.</param>
/// <param name="EndedAt">Taken back before its end.</param>
internal sealed record PolicyOverride(
    string Id, string Agent, string Rule, string? Host, string Code, string Justification, string MadeBy, DateTimeOffset CreatedAt, DateTimeOffset Until, DateTimeOffset? EndedAt)
{
    /// <summary>Why one may break the glass.</summary>
    public static readonly IReadOnlyList<string> Codes = ["incident", "outage", "data_loss", "false_positive", "other"];

    /// <summary>An emergency that lasts longer is a change of policy.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromHours(4);

    public bool HoldsAt(DateTimeOffset now) => EndedAt is null && now < Until;
}
