using SecretsFirewall.Model;

namespace SecretsFirewall.Restraints.Kills;

/// <summary>One thing that was stopped. It stays so until a person lifts it, over restarts too.</summary>
/// <param name="Name">Empty for the system; a session's may be <c>AGENT/SESSION</c>; a host's is normalised.</param>
/// <param name="Subdomains">Of a host: the names below it as well.</param>
/// <param name="Reason">The operator's own text, or one sentence of ours. Never told to an agent.</param>
/// <param name="By">Who: a user of this machine, <c>SIGUSR1</c>, <c>the file KILL</c>, a canary.</param>
internal sealed record Kill(KillScope Scope, string Name, bool Subdomains, string Reason, string By, DateTimeOffset KilledAt)
{
    private static readonly Refusal[] Refusals =
    [
        Of("kill.system", "The operator has stopped all traffic, and nothing is forwarded.", "system"),
        Of("kill.agent", "This agent is stopped, and nothing of it is forwarded.", "agent NAME"),
        Of("kill.session", "This session is stopped, and nothing of it is forwarded.", "session NAME"),
        Of("kill.host", "Traffic to this host is stopped, and nothing is forwarded to it.", "host NAME"),
        Of("kill.tool", "This tool is stopped, and no call of it is passed on.", "tool NAME"),
    ];

    /// <summary>What whoever is stopped is told. Not why: what gave it away would be known to it.</summary>
    public Refusal Refusal => Refusals[(int)Scope];

    /// <summary>What is stopped, in words for an operator.</summary>
    public string Subject => Scope switch
    {
        KillScope.System => "All traffic",
        KillScope.Host when Subdomains => $"The host {Name} with all names below it",
        _ => $"The {Scope.Word()} {Name}",
    };

    /// <summary>The command that lets it go on.</summary>
    public string Revival => Scope is KillScope.System ? "sfw unkill system" : $"sfw unkill {Scope.Word()} {Name}";

    private static Refusal Of(string rule, string detail, string what) =>
        new(RefusalCode.Killed, detail, Rule: rule, Advice: $"Only the operator can let it go on, with: sfw unkill {what}.");
}
