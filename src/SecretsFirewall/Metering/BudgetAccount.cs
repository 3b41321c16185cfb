using SecretsFirewall.Model;

namespace SecretsFirewall.Metering;

/// <summary>What one pool of a budget has spent and holds in one window. Its ledger's lock guards it.</summary>
internal sealed class BudgetAccount(Budget budget, string name, string pool, string? session, DateTimeOffset window, Spending spent)
{
    /// <summary>As it was when the account was opened last: its limits are those of whoever asks.</summary>
    public Budget Budget { get; set; } = budget;

    public string Name => name;

    /// <summary>The agent or model that it is for; empty for a group.</summary>
    public string Pool => pool;

    public string? Session => session;

    public DateTimeOffset Window => window;

    /// <summary>By calls that are over, of the whole window.</summary>
    public Spending Spent { get; set; } = spent;

    /// <summary>By calls that are under way, as estimated.</summary>
    public Spending Reserved { get; set; }

    public int Percent { get; set; }

    public Spending Forgiven { get; set; }

    public Spending Counting => Spent - Forgiven;

    public AccountMark Mark => new(name, window, Percent, Forgiven);

    /// <summary>Whether what is over alone has used it up: then nothing passes until the window rolls, however small.</summary>
    public bool IsExhausted(Budget now) => PercentOf(now) >= 100;

    /// <summary>Of the measure that is nearest to its limit.</summary>
    public int PercentOf(Budget now) => Math.Max(
        Math.Max(Percentage(Counting.Tokens, now.Tokens), Percentage(Counting.Requests, now.Requests)),
        now.Money is { } money ? Percentage(Counting.Money, money.Amount) : 0);

    public bool HasRoomFor(in Spending more, Budget now)
    {
        var all = Counting + Reserved + more;
        return !IsExhausted(now)
            && !(all.Tokens > now.Tokens) && !(all.Requests > now.Requests) && !(now.Money is { } money && all.Money > money.Amount);
    }

    private static int Percentage(decimal spent, decimal? limit) =>
        limit is not { } most ? 0
        : spent >= most ? 100
        : (int)Math.Clamp(spent * 100 / most, 0, 99);
}
