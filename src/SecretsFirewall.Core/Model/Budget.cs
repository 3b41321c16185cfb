namespace SecretsFirewall.Model;

/// <summary>How long a budget lasts before it begins anew, in UTC.</summary>
public enum BudgetWindow
{
    Day = 0,

    /// <summary>From Monday.</summary>
    Week,
    Month,

    /// <summary>As long as the agent's session.</summary>
    Session,
}

/// <summary>Who shares what a budget has.</summary>
public enum BudgetPool
{
    /// <summary>Each agent that it is for has all of it.</summary>
    Agent = 0,

    /// <summary>The agents that it is for have it together.</summary>
    Group,

    /// <summary>Each model that it is for may be given all of it, by all agents together.</summary>
    Model,
}

/// <summary>What may be spent on model calls. What is null is not limited.</summary>
/// <param name="IsHard">Refuses what would go beyond it; a soft one only warns.</param>
/// <param name="Agents">Whom it is for.</param>
/// <param name="Models">For which, by the names that requests have for them.</param>
/// <param name="Tokens">Of all four kinds together.</param>
/// <param name="Requests">Calls that were answered.</param>
/// <param name="WarnAt">Percentages, each recorded once in a window.</param>
/// <param name="AllowsUnpriced">Lets a model pass that has no price, though <paramref name="Money"/> then says nothing about it.</param>
public sealed record Budget(
    string Id,
    BudgetWindow Window,
    BudgetPool Per,
    bool IsHard,
    IReadOnlyList<NamePattern> Agents,
    IReadOnlyList<NamePattern> Models,
    long? Tokens = null,
    Money? Money = null,
    long? Requests = null,
    IReadOnlyList<int>? WarnAt = null,
    bool AllowsUnpriced = false,
    string? Reason = null,
    string? Advice = null)
{
    /// <summary>What two budgets must share to share what was spent: raising a limit forgets nothing.</summary>
    public string Scope { get; } = $"{Id}|{Window}|{Per}|{Money?.Currency}|{string.Join(' ', Agents)}|{string.Join(' ', Models)}";

    /// <summary>The name of a model that nobody knows by its own: an agent cannot leave a budget by hiding what it asks for.</summary>
    public const string OtherModels = "*";

    /// <param name="model">Empty where a request does not say it, or says it twice. Such a call counts for every model.</param>
    public bool Matches(string agent, string model) => Any(Agents, agent) && (model is "" or OtherModels || Any(Models, model));

    /// <summary>The first moment of the window that <paramref name="at"/> is in.</summary>
    public DateTimeOffset StartOf(DateTimeOffset at)
    {
        var day = new DateTimeOffset(at.UtcDateTime.Date, TimeSpan.Zero);
        return Window switch
        {
            BudgetWindow.Day => day,
            BudgetWindow.Week => day.AddDays(-(((int)day.DayOfWeek + 6) % 7)),
            BudgetWindow.Month => day.AddDays(1 - day.Day),
            _ => DateTimeOffset.UnixEpoch,
        };
    }

    /// <summary>When the window that began at <paramref name="start"/> is over; null where only its session ends it.</summary>
    public DateTimeOffset? EndOf(DateTimeOffset start) => Window switch
    {
        BudgetWindow.Day => start.AddDays(1),
        BudgetWindow.Week => start.AddDays(7),
        BudgetWindow.Month => start.AddMonths(1),
        _ => null,
    };

    private static bool Any(IReadOnlyList<NamePattern> patterns, string name)
    {
        for (var i = 0; i < patterns.Count; i++)
        {
            if (patterns[i].Matches(name))
            {
                return true;
            }
        }

        return false;
    }
}
