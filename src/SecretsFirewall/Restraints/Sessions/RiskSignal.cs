namespace SecretsFirewall.Restraints.Sessions;

/// <summary>
/// Something that an agent did which, alone or in its order, says that it may be led astray. An agent's risk is the highest weight among what it has
/// done: many small things are no large one, and a large one is not made small by many good ones after it.
/// </summary>
/// <param name="Weight">1 to 100.</param>
internal sealed record RiskSignal(string Id, int Weight)
{
    /// <summary>A canary was seen: whoever has it has read what nobody should.</summary>
    public static readonly RiskSignal Canary = new("canary", 100);

    /// <summary>It sent so many different registered values that it may be asking which are registered.</summary>
    public static readonly RiskSignal Probing = new("probing", 80);

    /// <summary>Something was blocked that it tried to send, and then it went to an unlisted host for the first time.</summary>
    public static readonly RiskSignal BlockedThenNewHost = new("secret_blocked_then_new_host", 75);

    /// <summary>A hundred refusals: it does not take no for an answer.</summary>
    public static readonly RiskSignal Persistent = new("refused_100_times", 70);

    /// <summary>It came by a secret, and then went to an unlisted host for the first time: what reading out and carrying away looks like.</summary>
    public static readonly RiskSignal SecretThenNewHost = new("secret_then_new_host", 60);

    /// <summary>A request that could be read in two ways.</summary>
    public static readonly RiskSignal Bypass = new("bypass_attempt", 50);

    public static readonly RiskSignal SecretBlocked = new("secret_blocked", 40);

    /// <summary>Twenty refusals.</summary>
    public static readonly RiskSignal Refused = new("refused_20_times", 40);

    /// <summary>It named a secret where that is not bound.</summary>
    public static readonly RiskSignal UnboundReference = new("unbound_reference", 30);

    /// <summary>As <see cref="SecretThenNewHost"/>, to a host that the policy lists as a tool: mostly work.</summary>
    public static readonly RiskSignal SecretThenNewTool = new("secret_then_new_tool", 30);

    /// <summary>It holds a registered value, and sent it.</summary>
    public static readonly RiskSignal ValueSent = new("value_sent", 20);

    /// <summary>An answer held a secret, which was masked.</summary>
    public static readonly RiskSignal SecretRead = new("secret_read", 10);
}

/// <summary>A signal as it was seen.</summary>
internal sealed record SeenSignal(string Id, int Weight, long Count, DateTimeOffset FirstAt);
