namespace SecretsFirewall.Restraints.Sessions;

/// <summary>How long a session lasts, how much one may do, and when an agent's risk is too high.</summary>
internal sealed record SessionOptions
{
    /// <summary>A session without an exchange for this long has ended: agents think, and people lunch, but not for longer.</summary>
    public TimeSpan Idle { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>Sessions of one agent at once, since agents name them: more are a mistake, or a way to use up memory.</summary>
    public int PerAgent { get; init; } = 256;

    /// <summary>
    /// A session may do what the policy that it began with and the one in force both allow. Off: a policy that was changed is expected to hold at once, and
    /// with it a policy that allows more does not.
    /// </summary>
    public bool PinBundle { get; init; }

    /// <summary>One change of a tool's resource at a time. Off: some tools have one path for everything.</summary>
    public bool LockMutations { get; init; }

    /// <summary>None by default: how much is too much depends on the work.</summary>
    public SessionLimits Limits { get; init; } = new();

    /// <summary>From this risk on an operator is told; 0 for never. At 60 stands the first pattern that a person should look at.</summary>
    public int RiskAlert { get; init; } = 60;

    /// <summary>From this risk on an agent is refused; 0 for never. Never by default: which false alarms work can bear is the operator's to say.</summary>
    public int RiskRefuse { get; init; }

    public bool WatchesRisk => RiskAlert > 0 || RiskRefuse > 0;
}

/// <summary>How much a session, and all sessions of an agent together, may do. Zero: as much as they like.</summary>
internal sealed record SessionLimits
{
    public int Requests { get; init; }

    /// <summary>From the first exchange to the last.</summary>
    public TimeSpan Duration { get; init; }

    /// <summary>Of bodies, both ways. Whoever reaches it in the midst of an exchange may end that.</summary>
    public long Bytes { get; init; }

    /// <summary>Different hosts.</summary>
    public int Hosts { get; init; }

    /// <summary>Of models, as their providers count them.</summary>
    public int Tokens { get; init; }

    /// <summary>In the currency of the policy's prices.</summary>
    public decimal Cost { get; init; }
}
