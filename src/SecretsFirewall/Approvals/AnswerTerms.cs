namespace SecretsFirewall.Approvals;

/// <summary>How far a yes goes. By default it is for this action, once, within <see cref="ApprovalOptions.GrantLifetime"/>.</summary>
/// <param name="ForSession">For every action of the same kind: same agent, session, rule and place, whatever it says.</param>
/// <param name="MostUses">Null: 1, or as many as come where it is for the session.</param>
/// <param name="MostCost">Null: no limit of money.</param>
/// <param name="Until">Null: <see cref="ApprovalOptions.GrantLifetime"/>, or an hour where it is for the session.</param>
internal sealed record AnswerTerms(bool ForSession = false, int? MostUses = null, decimal? MostCost = null, DateTimeOffset? Until = null)
{
    private const int Unlimited = 1_000_000;

    private static readonly TimeSpan SessionDefault = TimeSpan.FromHours(1);

    /// <summary>Null where the limits make no sense: one of money for what has no price limits nothing.</summary>
    public ApprovalGrant? GrantAt(DateTimeOffset now, ApprovalSubject subject, ApprovalOptions options)
    {
        var until = Until ?? now + (ForSession ? SessionDefault : options.GrantLifetime);
        var isSound = ForSession
            ? MostUses is null or > 0 && (MostCost is null || (MostCost > 0 && subject.MayCost is not null)) && until > now && until <= now + options.LongestSessionGrant
            : MostUses is null && MostCost is null && Until is null;
        return isSound ? new ApprovalGrant(ForSession, ForSession ? MostUses ?? Unlimited : 1, until, MostCost, 0) : null;
    }
}
